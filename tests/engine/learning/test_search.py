"""How to train is chosen by trying, on a tuning part that is neither trained on nor the gate's."""

from itertools import pairwise

import pytest
from msgspec.structs import replace

from engine.errors import Interrupted
from engine.learning.course import configured
from engine.learning.search import TUNING_FLOOR, Tried, candidates, chosen
from engine.learning.training.train import TrainingConfig
from engine.progress import Control
from tests.engine.learning.test_adapters import ENOUGH, lift


def tried(*losses, divergence):
    return Tried(
        config=TrainingConfig(epochs=round(100 * divergence)), examples=9, losses=losses, divergence=divergence
    )


@pytest.fixture
def searching(school):
    lift(school, 0.5)
    school.searches = True
    school.corrections(ENOUGH)
    return school


def test_four_ways_are_tried_on_half_and_the_better_two_on_all(searching):
    trainer, table = searching.trainer, configured(None, 32)
    trainer.loses = lambda config, place: (
        5.0 - 0.1 * config.epochs + (0.0 if config.replay_weight == 1 else (0.1, -0.1)[place % 2])
    )
    report = searching.learning.train()
    *short, last = trainer.calls
    tuning, config = trainer.tunings[0], trainer.configs[-1]
    assert [len(rows) for rows in short] == [13, 13, 13, 13, 25, 25]
    assert len(last) == report.examples == 32
    assert trainer.configs[:4] == candidates(table)
    assert (config.epochs, config.replay_weight) == (2 * table.epochs, 3.0), "as good, and nearer to the base"
    assert trainer.tunings == [tuning] * 6 + [[]]
    [adapter] = searching.learning.versions.all()
    assert (adapter.passes, adapter.tried) == (2 * table.epochs, 6)


def test_the_tuning_part_is_neither_trained_on_nor_the_gates(searching):
    searching.learning.train()
    *short, last = searching.trainer.calls
    [tuning] = {tuple(map(str, one)) for one in searching.trainer.tunings if one}
    assert len(tuning) >= TUNING_FLOOR
    assert not {str(row) for rows in short for row in rows} & set(tuning)
    assert set(tuning) < {str(row) for row in last}, "in the end all of it is learned"


def test_the_table_decides_where_there_is_too_little_to_tell(school):
    lift(school, 0.5)
    school.corrections(20)
    school.learning.train(search=True)
    assert len(school.trainer.calls) == 1
    assert school.trainer.configs == [configured(None, 16)]
    assert school.learning.versions.all()[0].tried == 0


def test_it_is_not_searched_unless_the_owner_allows_the_time(searching):
    searching.learning.train(search=False)
    assert len(searching.trainer.calls) == 1


def test_a_search_cut_short_goes_on_where_it_was(searching):
    trainer = searching.trainer
    trainer.during = lambda: len(trainer.calls) == 3 and trainer.control.cancel()
    with pytest.raises(Interrupted):
        searching.learning.train()
    searching.reopen()
    searching.learning.train()
    assert len(trainer.calls) == 3 + 4 + 1


def test_what_was_tried_goes_with_whatever_is_forgotten(searching):
    searching.learning.train()
    assert searching.database.one("SELECT count(*) FROM tried") == (6,)
    searching.forget(turn_id="turn-3")
    assert searching.database.one("SELECT count(*) FROM tried") == (0,)


def test_its_progress_only_rises_to_its_end(searching):
    heard = []
    searching.learning.train(report=heard.append, control=Control())
    steps = [(each.step, each.steps) for each in heard if each.phase == "searching"]
    assert len(steps) == 6
    assert all(one[0] < other[0] for one, other in pairwise(steps))
    assert steps[-1][0] <= steps[-1][1]


def test_of_ways_that_cannot_be_told_apart_the_nearest_to_the_base_is_taken():
    best = tried(2.0, 2.0, 2.0, 2.0, divergence=0.06)
    as_good = tried(1.8, 2.4, 1.7, 2.2, divergence=0.03)
    worse = tried(2.2, 2.25, 2.15, 2.2, divergence=0.01)
    assert chosen([best, as_good, worse]) == as_good
    assert chosen([best, worse]) == best
    assert chosen([worse]) == worse


def test_what_is_tried_begins_at_the_table():
    table = TrainingConfig(epochs=3)
    assert candidates(table)[0] == table
    assert [(one.epochs, one.replay_weight) for one in candidates(table)] == [(3, 1.0), (1, 1.0), (6, 1.0), (6, 3.0)]
    assert candidates(replace(table, epochs=1))[1].epochs == 1
