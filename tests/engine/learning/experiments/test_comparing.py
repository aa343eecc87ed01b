"""Answers that come as two drafts, in a real chat: drawn, logged, blind, chosen from, and forgotten."""

import msgspec
import pytest

from engine.chat.values import Answered, AskOptions, Compared, Comparing
from engine.errors import HearthsideError, InputRefused
from engine.learning.records.comparisons import draw
from engine.learning.records.feedback import DAY_MS
from engine.learning.values import AdapterState, Retention
from engine.models.values import AdapterInUse, Message
from engine.progress import Control
from engine.words import say
from tests.engine.learning.experiments.test_trials import talking, versions  # noqa: F401  fixtures
from tests.engine.learning.test_adapters import become

DRAWN, ALWAYS = AskOptions(compare="drawn"), AskOptions(compare="always")


class Drafts:
    """One for every seed, in words that nothing masks."""

    def __init__(self, adapter):
        self.by = "nobody" if adapter is None else "".join(filter(str.isalpha, adapter.adapter_id))

    def __len__(self):
        return 2**31

    def __getitem__(self, seed):
        number = "".join(chr(ord("a") + int(digit)) for digit in str(seed))
        return f"Draft {number} by {self.by}."


@pytest.fixture
def compared(talking, versions):  # noqa: F811
    """The candidate compared with the one in use, on a fifth of the answers."""
    talking.runtime._script = lambda messages, adapter: Drafts(adapter)
    talking.learning.comparing.begin(versions[1])
    talking.share = 0.2
    return talking


def ask(room, options=ALWAYS, **where):
    *_, last = room.chat.ask("Why?", options=options, **where)
    return last


def choose(room, last, choice):
    shown = room.learning.comparing.of_turn(last.left.id)
    return room.learning.comparing.choose(shown, choice, last.left, last.right)


def newest(room):
    return room.learning.comparing.all()[-1]


def test_a_share_of_the_turns_is_drawn_and_its_propensity_logged(compared, versions):  # noqa: F811
    first, second = versions
    ends = [ask(compared, DRAWN) for _ in range(80)]
    pairs = [end for end in ends if isinstance(end, Compared)]
    rows = compared.learning.comparing.all()
    seed = compared.database.one("SELECT seed FROM comparing")[0]
    assert [(row.left, row.right) for row in rows] == [(pair.left.id, pair.right.id) for pair in pairs]
    for end in ends:
        turn = end.left if isinstance(end, Compared) else end.turn
        side = draw(seed, turn.id, 0.2)
        assert (side is not None) == isinstance(end, Compared)
        if side is not None:
            row = next(row for row in rows if row.left == turn.id)
            by = {"left": row.left_adapter, "right": row.right_adapter}
            assert (row.rival, row.propensity, by[side]) == (side, 0.2, second)
            assert set(by.values()) == {first, second}
    assert 5 < len(pairs) < 30
    assert {row.rival for row in rows} == {"left", "right"}


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_over_many_turns_the_share_is_the_share_and_the_sides_are_even(share):
    drawn = [draw(7, f"turn-{number}", share) for number in range(8000)]
    sides = [side for side in drawn if side is not None]
    assert len(sides) / len(drawn) == pytest.approx(share, abs=0.02)
    assert sides.count("left") / len(sides) == pytest.approx(0.5, abs=0.06)
    assert draw(8, "turn-1", 1.0) in {"left", "right"}
    assert len({tuple(draw(seed, f"turn-{number}", share) for number in range(100)) for seed in (1, 2)}) == 2


def test_both_drafts_are_siblings_and_the_left_one_stands_until_a_choice(compared):
    last = ask(compared)
    left, right = last.left, last.right
    assert (left.question, left.parent_id) == (right.question, right.parent_id) == ("Why?", None)
    assert left.sibling_ids == right.sibling_ids == [left.id, right.id]
    assert [turn.id for turn in compared.chat.turns(left.thread_id)] == [left.id]
    assert compared.chat.turn(left.id) == left
    seeds = {compared.chat.provenance(turn.id).sampling.seed for turn in (left, right)}
    assert len(seeds) == 2
    assert [compared.chat.provenance(turn.id).adapter for turn in (left, right)] == [
        AdapterInUse(turn.route.adapter, 1.0) for turn in (left, right)
    ]


def test_nothing_told_before_the_choice_tells_the_two_apart(compared):
    sides = set()
    for _ in range(20):
        first, *rest = compared.chat.ask("Why?", options=ALWAYS)
        assert isinstance(first, Comparing)
        [last] = rest
        sides.add(last.left.route.adapter)
        assert last.left.route.reason == last.right.route.reason
        assert say("chat.route_compared") in last.left.route.reason
        assert last.left.id < last.right.id
    assert len(sides) == 2


def test_without_a_rival_both_are_by_the_one_in_use_with_other_seeds(compared, versions):  # noqa: F811
    compared.learning.comparing.end()
    last = ask(compared)
    assert {last.left.route.adapter, last.right.route.adapter} == {versions[0]}
    assert last.left.answer != last.right.answer
    assert newest(compared).rival is None
    choose(compared, last, "right")
    assert compared.learning.comparing.reports() == []
    assert compared.learning.capture.feedback(turn_id=last.right.id)[0].kind == "preferred"


@pytest.mark.parametrize("way", ["off", "chat", "folder", "earlier", "toggle", "never", "certain"])
def test_what_may_not_teach_or_is_not_wanted_is_answered_once(compared, way):
    compared.share = 0.5
    thread = ask(compared, AskOptions()).turn.thread_id
    options = DRAWN
    if way == "off":
        compared.learning.turn_off()
    if way == "chat":
        compared.learning.set_learns_from(thread, False)
    if way in {"folder", "earlier"}:
        compared.shelf.lay("Because of the wind.")
        compared.shelf.off_limits = {"chunk-1"}
    if way == "earlier":
        ask(compared, AskOptions(), thread_id=thread)
        options = msgspec.structs.replace(options, documents=False)
    if way == "toggle":
        options = msgspec.structs.replace(options, adapter=False)
    if way == "never":
        options = AskOptions()
    if way == "certain":
        compared.learning.comparing.end()
        options = msgspec.structs.replace(options, temperature=0.0)
    ends = [ask(compared, options, thread_id=thread) for _ in range(30)]
    assert {type(end) for end in ends} == {Answered}
    assert all(end.turn.route.comparison is None for end in ends)
    assert compared.learning.comparing.all() == []


def test_a_choice_is_a_preference_and_a_row(compared):
    last = ask(compared)
    assert choose(compared, last, "right")
    row = newest(compared)
    [kept] = compared.learning.capture.feedback(turn_id=last.right.id)
    assert (row.choice, row.id) == ("right", kept.id)
    assert (kept.kind, kept.final, kept.rejected) == ("preferred", last.right.answer, last.left.answer)
    assert kept.adapter_id == last.right.route.adapter
    example = compared.learning.review()[-1]
    assert (example.target, example.rejected) == (last.right.answer, last.left.answer)


@pytest.mark.parametrize("choice", ["both", "neither"])
def test_a_tie_is_counted_and_teaches_nothing(compared, choice):
    examples = len(compared.learning.review())
    last = ask(compared)
    choose(compared, last, choice)
    assert newest(compared).choice == choice
    assert len(compared.learning.review()) == examples


def test_a_second_choice_is_refused_and_changes_nothing(compared):
    last = ask(compared)
    choose(compared, last, "left")
    with pytest.raises(InputRefused, match="comparison_chosen"):
        choose(compared, last, "right")
    assert newest(compared).choice == "left"
    assert len(compared.learning.capture.feedback(thread_id=last.left.thread_id)) == 1


def test_a_choice_that_may_not_be_kept_is_not(compared):
    last = ask(compared)
    compared.learning.set_learns_from(last.left.thread_id, False)
    assert not choose(compared, last, "left")
    assert newest(compared).choice is None
    assert all(row.kind == "compared" for row in compared.learning.capture.feedback(thread_id=last.left.thread_id))


def test_going_on_without_a_choice_leaves_only_that_it_was_shown(compared):
    last = ask(compared)
    following = ask(compared, AskOptions(), thread_id=last.left.thread_id).turn
    assert following.parent_id == last.left.id
    [report] = compared.learning.comparing.reports()
    assert (report.shown, report.wins, report.losses) == (1, 0, 0)


def test_a_stop_leaves_an_answer_and_nothing_to_choose(compared):
    for stop_at in (2, 6):
        control = Control()
        tokens = iter(range(100))
        compared.runtime.on_token = lambda _number, at=stop_at, c=control, t=tokens: (
            c.cancel() if next(t) == at else None
        )
        *_, last = compared.chat.ask("Why?", options=ALWAYS, control=control)
        assert isinstance(last, Answered)
        assert compared.chat.turns(last.turn.thread_id)[-1].id == last.turn.id
    assert last.turn.finish == "stop"
    assert compared.learning.comparing.all() == []


def test_a_crash_in_the_second_leaves_the_first(compared):
    tokens = iter(range(100))
    compared.runtime.on_token = lambda _number: compared.runtime.crash() if next(tokens) == 6 else None
    with pytest.raises(HearthsideError, match="worker_crashed"):
        ask(compared)
    [thread, *_] = compared.chat.threads()
    [turn] = compared.chat.turns(thread.id)
    assert (turn.finish, turn.sibling_index) == ("stop", 0)


def test_two_drafts_that_say_the_same_are_no_choice(compared):
    compared.runtime._script = lambda messages, adapter: "The same."
    assert isinstance(ask(compared), Answered)
    assert compared.learning.comparing.all() == []


def test_the_one_in_use_and_one_that_is_gone_are_no_rivals(compared, versions):  # noqa: F811
    first, second = versions
    assert compared.learning.status().rival == second
    with pytest.raises(InputRefused, match="comparison_in_use"):
        compared.learning.comparing.begin(first)
    compared.learning.versions.promote(second)
    assert compared.learning.comparing.rival() is None
    compared.learning.comparing.begin(first)
    assert compared.learning.versions.all()[-1].state is AdapterState.RETIRED
    compared.learning.versions.delete(first)
    assert compared.learning.comparing.rival() is None


def test_with_learning_off_no_version_is_compared(compared, versions):  # noqa: F811
    compared.learning.turn_off()
    with pytest.raises(InputRefused, match="learning_off"):
        compared.learning.comparing.begin(versions[1])
    with pytest.raises(InputRefused, match="learning_off"):
        compared.learning.comparing.require(None)


def test_on_another_file_nothing_is_compared_with_what_was(compared):
    choose(compared, ask(compared), "left")
    become(compared, serving_sha256="f1" * 32)
    assert compared.learning.comparing.rival() is None
    assert compared.learning.comparing.reports() == []


def test_a_compared_turn_is_no_part_of_a_trial_and_its_thumbs_take_nothing_back(compared, versions):  # noqa: F811
    compared.learning.versions.try_out(versions[1], 0.5)
    last = ask(compared)
    assert last.left.route.arm is None
    for _ in range(40):
        compared.learning.capture.rate(ask(compared).left, "up")
    for _ in range(40):
        compared.learning.capture.rate(ask(compared).left, "down")
        assert compared.learning.versions.watch() is None
    assert compared.trial.in_use.ratings is None


def test_what_was_chosen_is_told_with_the_version_and_quoted_by_the_full_gate(compared, versions):  # noqa: F811
    for _ in range(12):
        last = ask(compared)
        choose(compared, last, "left" if last.left.route.adapter == versions[1] else "right")
    second = next(one for one in compared.learning.versions.all() if one.id == versions[1])
    [report] = second.side_by_sides
    assert (report.wins, report.losses, report.verdict, report.against) == (12, 0, "better", versions[0])
    assert compared.learning.report().side_by_sides == [report]
    gate = compared.learning.judging.test_fully(versions[1])
    assert gate.scores[-1].name == "side_by_side"
    assert gate.reasons[-1] == report.words
    assert len(gate.scores) == len(gate.reasons)


@pytest.mark.parametrize("named", ["thread", "left", "right", "feedback", "everything"])
@pytest.mark.parametrize("choice", ["right", "both", None])
def test_forgetting_reaches_it(compared, named, choice):
    last = ask(compared)
    if choice is not None:
        choose(compared, last, choice)
    row = newest(compared)
    receipt = compared.forget(
        **{
            "thread": {"thread_id": row.thread_id},
            "left": {"turn_id": row.left},
            "right": {"turn_id": row.right},
            "feedback": {"feedback_id": row.id},
            "everything": {"everything": True},
        }[named]
    )
    assert named == "everything" or receipt.items == 1
    assert compared.learning.comparing.all() == []
    assert row.id not in "\n".join(
        str(compared.database.read(f"SELECT * FROM {table}")) for table in ("comparisons", "feedback")
    )


def test_an_adapter_trained_on_a_choice_goes_with_it(compared):
    last = ask(compared)
    compared.prompts[last.right.id] = [Message("user", "Why?")]
    choose(compared, last, "right")
    compared.corrections(40, start=300)
    trained = compared.learning.train().adapter
    assert compared.forget(turn_id=last.left.id).adapters_destroyed == [trained]


def test_retention_reaches_it(compared):
    choose(compared, ask(compared), "right")
    choose(compared, ask(compared), "both")
    ask(compared)
    compared.retention = Retention(days=1)
    compared.clock.advance(2 * DAY_MS)
    compared.learning.capture.expire()
    assert compared.learning.comparing.all() == []


def test_comparisons_do_not_push_out_a_preference(compared):
    compared.learning.capture.expire()
    choose(compared, ask(compared), "right")
    kept = newest(compared).id
    for _ in range(3):
        ask(compared)
    compared.retention = Retention(items=1)
    compared.learning.capture.expire()
    assert kept in {row.id for row in compared.learning.capture.feedback(everything=True) if row.kind == "preferred"}
    assert len(compared.learning.comparing.all()) == 2


def test_everything_survives_a_restart(compared, versions):  # noqa: F811
    choose(compared, ask(compared), "right")
    before = compared.learning.comparing.all(), compared.learning.comparing.reports()
    seed = compared.database.one("SELECT seed FROM comparing")
    compared.reopen()
    assert (compared.learning.comparing.all(), compared.learning.comparing.reports()) == before
    assert compared.database.one("SELECT seed FROM comparing") == seed
    assert compared.learning.comparing.rival() == versions[1]
