"""A training begins by itself only when enough is new, on mains, and while the processors are idle."""

from typing import NamedTuple

import psutil
import pytest

from tests.engine.learning.test_adapters import ENOUGH, trained


class Battery(NamedTuple):
    power_plugged: bool


@pytest.fixture
def machine(monkeypatch):
    """An idle machine without a battery; a test changes it."""
    now = {"battery": None, "percent": 3.0}
    monkeypatch.setattr(psutil, "sensors_battery", lambda: now["battery"])
    monkeypatch.setattr(psutil, "cpu_percent", lambda _seconds: now["percent"])
    return now


def test_it_begins_once_enough_is_new(school, machine):
    school.corrections(ENOUGH - 10)
    assert not school.learning.unasked.may_begin(), "the gate could not tell yet"
    trained(school, count=10, start=100)
    assert not school.learning.unasked.may_begin(), "nothing is new"
    rows = school.corrections(12, start=200)
    assert school.learning.unasked.may_begin()
    school.learning.leave_out(rows[0].id)
    assert not school.learning.unasked.may_begin(), "what is left out is not new"


def test_one_that_was_cut_short_may_go_on(school, machine):
    school.trainer.stop_after_checkpoint = True
    with pytest.raises(Exception, match="interrupted"):
        trained(school)
    assert school.learning.unasked.may_begin()


@pytest.mark.parametrize(
    ("changed", "begins", "goes_on"),
    [
        ({"battery": Battery(True)}, True, True),
        ({"battery": Battery(False)}, False, False),
        ({"percent": 60.0}, False, True),
    ],
)
def test_it_waits_for_mains_and_for_idle_processors(school, machine, changed, begins, goes_on):
    school.corrections(ENOUGH)
    machine.update(changed)
    assert (school.learning.unasked.may_begin(), school.learning.unasked.may_go_on()) == (begins, goes_on)


def test_nothing_begins_while_learning_is_off(school, machine):
    school.corrections(ENOUGH)
    school.learning.turn_off()
    assert not school.learning.unasked.may_begin()
