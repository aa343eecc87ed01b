"""A version tried on a share of the answers, in a real chat: drawn, logged, blind, compared, ended by many things."""

import msgspec
import pytest

from engine.chat import schema as chat_schema
from engine.chat.chat import Chat
from engine.chat.values import Answered, AskOptions
from engine.errors import InputRefused
from engine.learning.records.trials import draw
from engine.learning.values import AdapterState, Trial
from engine.memory import schema as memory_schema
from engine.memory.memory import Memory
from engine.models.values import AdapterInUse
from engine.settings import Settings
from engine.words import say
from tests.engine.chat.shelf import Shelf
from tests.engine.learning.school import Route, School
from tests.engine.learning.test_adapters import become, lift, trained_better
from tests.fakes.embedder import HashingEmbedder


class Talking(School):
    """A school in which its owner talks, too."""

    migrations = [*School.migrations, *chat_schema.MIGRATIONS, *memory_schema.MIGRATIONS]

    def open(self):
        super().open()
        self.shelf = Shelf()
        self.chat = Chat(
            self.database,
            self.runtime,
            self.shelf,
            Memory(self.database, HashingEmbedder(), self.clock),
            settings=Settings,
            answering=self.learning.answering,
            clock=self.clock,
            cite=lambda _chunks: None,
            comparing=self.learning.comparing,
            drawn=self.learning.retrieval.drawn,
        )

    def answers(self):
        return self.chat.trial_counts()

    def ask(self, question="Why?", **options):
        return self.done(self.chat.ask(question, options=AskOptions(**options)))

    def done(self, events):
        *_, last = events
        assert isinstance(last, Answered)
        return last.turn

    def judged(self, count, likes):
        """So many answers, each rated by whether `likes` its route."""
        for _ in range(count):
            turn = self.ask()
            self.learning.capture.rate(turn, "up" if likes(turn.route) else "down")

    @property
    def trial(self):
        """The newest one, as it is told."""
        return self.learning.versions.trials()[0]


@pytest.fixture
def talking(tmp_path, key, clock):
    talking = Talking(tmp_path, key, clock)
    talking.learning.turn_on()
    yield talking
    talking.database.close()


@pytest.fixture
def versions(talking):
    """Two adapters: the first is in use, the second a candidate."""
    talking.corrections(40)
    first = talking.learning.train().adapter
    talking.learning.versions.promote(first)
    return first, trained_better(talking)


@pytest.fixture
def tried(talking, versions):
    talking.learning.versions.try_out(versions[1], 0.5)
    return versions


def test_a_share_of_the_turns_is_drawn_and_its_propensity_logged(talking, versions):
    first, second = versions
    trial = talking.learning.versions.try_out(second)
    assert (trial.adapter, trial.against, trial.share) == (second, first, 0.2)
    turns = [talking.ask() for _ in range(60)]
    for turn in turns:
        arm = draw(trial, turn.id)
        assert turn.route.arm == arm
        assert turn.route.adapter == (second if arm.tried else first)
        assert arm.propensity == (0.2 if arm.tried else 0.8)
        assert talking.chat.provenance(turn.id).adapter == AdapterInUse(turn.route.adapter, 1.0)
    assert {turn.route.arm.tried for turn in turns} == {True, False}


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_over_many_turns_the_share_is_the_share(share):
    for seed in (1, 2, 3):
        trial = Trial(id="t", adapter="a", against=None, share=share, seed=seed, begun_ms=0)
        drawn = [draw(trial, f"turn-{number}").tried for number in range(4000)]
        assert sum(drawn) / len(drawn) == pytest.approx(share, abs=0.025)
    seeds = [msgspec.structs.replace(trial, seed=seed) for seed in (1, 2)]
    assert len({tuple(draw(one, f"turn-{number}").tried for number in range(100)) for one in seeds}) == 2


def test_the_same_question_asked_again_is_drawn_anew(talking, tried):
    first = talking.ask()
    again = [talking.done(talking.chat.regenerate(first.id)) for _ in range(30)]
    assert {turn.route.arm.tried for turn in again} == {True, False}


def test_whoever_reads_the_answer_cannot_tell_which_it_was(talking, tried):
    turns = [talking.ask() for _ in range(20)]
    assert len({turn.route.adapter for turn in turns}) == 2
    assert len({turn.route.reason for turn in turns}) == 1
    assert say("chat.route_trial") in turns[0].route.reason


def test_an_answer_without_what_was_learned_is_no_part_of_it(talking, tried):
    turn = talking.ask(adapter=False)
    assert (turn.route.adapter, turn.route.arm) == (None, None)
    assert talking.trial.in_use.answers == 0


def test_the_report_counts_answers_and_ratings_of_each_arm(talking, tried):
    talking.judged(60, lambda route: route.arm.tried)
    unrated = [talking.ask() for _ in range(5)]
    report = talking.trial
    assert report.tried.answers + report.in_use.answers == 65
    assert report.tried.ratings.liked == report.tried.ratings.rated
    assert report.in_use.ratings.liked == 0
    rated = report.tried.ratings.rated + report.in_use.ratings.rated
    assert rated == 60
    assert (report.verdict, report.comparison.difference) == ("better", 1.0)
    assert talking.learning.status().trial == report
    assert next(adapter for adapter in talking.learning.versions.all() if adapter.id == tried[1]).trial == report
    listed = talking.chat.trial_answers(report.trial.id)
    assert [(one.turn, one.tried) for one in listed[:5]] == [
        (turn.id, turn.route.arm.tried) for turn in reversed(unrated)
    ]


def test_a_share_changed_on_the_way_changes_what_is_logged_from_then_on(talking, versions):
    second = versions[1]
    before = talking.learning.versions.try_out(second, 0.2)
    early = {talking.ask().id for _ in range(60)}
    after = talking.learning.versions.try_out(second, 0.5)
    assert after == msgspec.structs.replace(before, share=0.5)
    late = {talking.ask().id for _ in range(60)}
    assert talking.actions()[-2:] == ["trial_begun", "trial_changed"]
    answers = talking.chat.trial_answers(after.id)
    assert {one.propensity for one in answers if one.turn in early} == {0.2, 0.8}
    assert {one.propensity for one in answers if one.turn in late} == {0.5}


def test_one_at_a_time_and_within_bounds(talking, versions):
    first, second = versions
    for share in (0.0, 0.04, 0.51, 1.0):
        with pytest.raises(InputRefused, match="trial_share"):
            talking.learning.versions.try_out(second, share)
    with pytest.raises(InputRefused, match="trial_in_use"):
        talking.learning.versions.try_out(first)
    with pytest.raises(InputRefused, match="trial_none"):
        talking.learning.versions.end_trial()
    talking.learning.versions.roll_back()
    talking.learning.versions.try_out(first)
    with pytest.raises(InputRefused, match="trial_running"):
        talking.learning.versions.try_out(second)
    with pytest.raises(InputRefused, match="adapter_absent"):
        talking.learning.versions.try_out("nothing")
    with pytest.raises(InputRefused, match="trial_absent"):
        talking.learning.versions.trial("nothing")


def test_what_the_gate_rejected_is_not_tried_and_what_it_could_not_tell_of_may_be(talking):
    talking.corrections(3)
    unproven = talking.learning.train().adapter
    assert talking.learning.versions.try_out(unproven, 0.5).against is None
    assert {talking.ask().route.adapter for _ in range(40)} == {None, unproven}
    talking.learning.versions.end_trial()
    lift(talking, -0.5)
    talking.corrections(40, start=50)
    rejected = talking.learning.train().adapter
    with pytest.raises(InputRefused, match="adapter_rejected"):
        talking.learning.versions.try_out(rejected)


def test_what_a_trial_has_shown_needs_no_force(talking):
    talking.corrections(3)
    unproven = talking.learning.train().adapter
    talking.learning.versions.try_out(unproven, 0.5)
    with pytest.raises(InputRefused, match="adapter_unproven"):
        talking.learning.versions.promote(unproven)
    talking.judged(60, lambda route: route.arm.tried)
    assert talking.learning.versions.promote(unproven).state == AdapterState.ACTIVE


def test_it_goes_on_after_a_restart_and_its_state_is_told(talking, tried):
    seed = talking.trial.trial.seed
    talking.reopen()
    assert talking.trial.trial.seed == seed
    states = {adapter.id: adapter.state for adapter in talking.learning.versions.all()}
    assert states == {tried[0]: AdapterState.ACTIVE, tried[1]: AdapterState.ON_TRIAL}
    assert talking.learning.versions.active() == AdapterInUse(tried[0], 1.0), "what is in use did not change"


def ended(talking, ending):
    """It ended so, the trail and the report say so, and nothing is drawn any more."""
    report = talking.trial
    assert report.trial.ending == ending
    assert report.trial.ended_ms is not None
    assert report.standing == say(f"learning.trial_ended_{ending}")
    [entry] = [entry for entry in talking.learning.report().audit if entry.action == "trial_ended"]
    assert entry.fields["ending"] == ending
    assert all(talking.ask().route.arm is None for _ in range(20))


def test_the_owner_ends_it_and_what_was_in_use_answers(talking, tried):
    talking.judged(5, lambda route: True)
    assert talking.learning.versions.end_trial().trial.ending == "ended"
    ended(talking, "ended")
    assert talking.ask().route.adapter == tried[0]
    assert talking.trial.tried.answers + talking.trial.in_use.answers == 5
    states = {adapter.id: adapter.state for adapter in talking.learning.versions.all()}
    assert states[tried[1]] == AdapterState.CANDIDATE


def test_the_owner_keeps_what_was_tried(talking, tried):
    talking.learning.versions.promote(tried[1])
    ended(talking, "kept")
    assert talking.ask().route.adapter == tried[1]


def test_learning_turned_off_ends_it(talking, tried):
    talking.learning.turn_off()
    ended(talking, "learning_off")
    assert talking.ask().route.adapter is None
    with pytest.raises(InputRefused, match="learning_off"):
        talking.learning.versions.try_out(tried[1])


def test_forgetting_what_the_candidate_learned_from_ends_it(talking, tried):
    kept = talking.learning.capture.feedback(everything=True)
    talking.learning.forget([row for row in kept if row.turn_id == "turn-100"])
    ended(talking, "forgotten")
    assert talking.ask().route.adapter == tried[0]


def test_of_a_trial_nothing_is_told_once_everything_is_forgotten(talking, tried):
    talking.judged(3, lambda route: True)
    talking.forget(everything=True)
    assert talking.learning.status().trial is None
    assert talking.learning.report().trials == []


def test_forgetting_something_else_does_not(talking, tried):
    turn = talking.ask()
    talking.learning.capture.rate(turn, "up")
    talking.forget(turn_id=turn.id)
    assert talking.trial.trial.ending is None
    assert (talking.trial.tried.ratings, talking.trial.in_use.ratings) == (None, None)


@pytest.mark.parametrize("which", [0, 1])
def test_deleting_either_ends_it(talking, tried, which):
    talking.learning.versions.delete(tried[which])
    ended(talking, "deleted")
    assert talking.ask().route.adapter == (None, tried[0])[which]


@pytest.mark.parametrize("change", ["base_sha256", "serving_sha256"])
def test_another_model_or_file_ends_it(talking, tried, change):
    become(talking, **{change: "1" * 64})
    assert talking.ask().route.arm is None, "and before that, it is not used"
    talking.reopen()
    ended(talking, "model_changed")


def test_rolling_back_or_using_another_ends_it(talking, tried):
    talking.learning.versions.roll_back()
    ended(talking, "rolled_back")
    talking.learning.versions.try_out(tried[1])
    talking.learning.versions.promote(tried[0])
    assert talking.trial.trial.ending == "other_promoted"


def test_the_automatic_return_ends_it(talking, tried):
    talking.learning.versions.end_trial()
    talking.learning.versions.roll_back()
    talking.clock.now += 1000
    rate(talking, GOOD, None)
    talking.learning.versions.promote(tried[0])
    talking.learning.versions.try_out(tried[1], 0.5)
    rate(talking, [False] * 30, tried[0], start=100)
    assert talking.learning.versions.active() is None
    assert talking.trial.trial.ending == "returned"
    assert talking.actions()[-2:] == ["adapter_returned", "trial_ended"]


def test_a_bad_version_on_trial_is_not_held_against_the_one_in_use(talking, tried):
    talking.learning.versions.end_trial()
    rate(talking, GOOD, tried[0])
    talking.learning.versions.try_out(tried[1], 0.5)
    talking.judged(60, lambda route: not route.arm.tried)
    assert talking.learning.versions.watch() is None
    assert talking.learning.versions.active() == AdapterInUse(tried[0], 1.0)
    assert talking.trial.verdict == "worse"


GOOD = [True, True, True, True, False] * 8


def rate(talking, ratings, adapter, start=0):
    """Ratings of answers that no trial drew."""
    for number, liked in enumerate(ratings, 1000 + start):
        talking.clock.now += 1000
        talking.learning.capture.rate(talking.turn(number, route=Route(adapter=adapter)), "up" if liked else "down")
        talking.learning.versions.watch()


def test_the_end_of_the_trial_stands_or_falls_with_what_ended_it(talking, tried, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(*_given, **_named):
        raise Killed

    monkeypatch.setattr(talking.learning._records.trials, "end", killed)
    for change in (
        lambda: talking.learning.versions.promote(tried[1]),
        lambda: talking.learning.versions.delete(tried[1]),
        lambda: talking.forget(everything=True),
        talking.learning.versions.roll_back,
        talking.learning.turn_off,
    ):
        with pytest.raises(Killed):
            change()
    talking.reopen()
    assert talking.trial.trial.ending is None
    assert talking.learning.enabled
    states = {adapter.id: adapter.state for adapter in talking.learning.versions.all()}
    assert states == {tried[0]: AdapterState.ACTIVE, tried[1]: AdapterState.ON_TRIAL}


def test_the_trail_tells_of_it(talking, tried):
    talking.learning.versions.end_trial()
    begun, over = [entry for entry in talking.learning.report().audit[::-1] if entry.action.startswith("trial_")]
    assert (begun.action, begun.fields["share"], over.fields["ending"]) == ("trial_begun", 0.5, "ended")
    assert "50%" in say("privacy.audit_trial_begun", **begun.fields)
