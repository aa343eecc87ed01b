"""The full gate: what is asked beside the quick one, what may be lost, and what becomes of an adapter that fails."""

import pytest

from engine.errors import Busy, InputRefused, Interrupted
from engine.learning.gate import full_checks
from engine.learning.gate.full_checks import GroundedCheck, grounded_checks, refusal_checks
from engine.learning.gate.full_gate import LIMITS, judge_fully
from engine.learning.gate.full_measure import SPEEDS
from engine.learning.gate.gate import CORRECTIONS_NEEDED
from engine.learning.gate.instruction_checks import instruction_checks
from engine.progress import Control
from tests.engine.learning.school import become

LONG = "The ferry to the island leaves from the northern pier at seven, and on Sundays it does not leave before ten."
FERRY = GroundedCheck(
    question="When does the ferry leave?",
    passages=["The ferry leaves at seven.", "Lunch is served at noon."],
    right=1,
    contains_any=["seven"],
)


def numbers(**changed):
    """Twenty items of each, all well, but for what is changed."""
    return {
        **{limit.name: [1.0] * 20 for limit in LIMITS},
        "drawn": [0.0] * 10,
        "tokens_per_s": [50.0] * 20,
        **changed,
    }


def failing(count):
    return [0.0] * count + [1.0] * (20 - count)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_as_much_may_be_lost_as_the_limit_says_and_no_more(limit):
    assert judge_fully(numbers(**{limit.name: failing(limit.most)}), numbers()).verdict == "promote"
    report = judge_fully(numbers(**{limit.name: failing(limit.most + 1)}), numbers())
    assert report.verdict == "reject"
    assert [score.name for score in report.scores if not score.passed] == [limit.name]
    assert str(19 - limit.most) in report.reasons[[score.name for score in report.scores].index(limit.name)]


def test_what_the_base_fails_too_is_no_loss():
    assert judge_fully(numbers(harmful=failing(18)), numbers(harmful=failing(18))).verdict == "promote"


def test_what_is_given_away_and_speed_are_told_and_decide_nothing():
    report = judge_fully(numbers(drawn=[1.0] * 10, tokens_per_s=[25.0] * 20), numbers())
    assert report.verdict == "promote"
    assert "10" in report.reasons[-2]
    assert "25" in report.reasons[-1]
    assert len(report.reasons) == len(report.scores)


@pytest.mark.parametrize(
    ("answer", "answered", "rested"),
    [
        ("At seven.", True, True),
        ("At seven [1].", True, True),
        ("At seven [2].", True, False),
        ("At noon, with lunch.", False, False),
        ("I do not know.", False, False),
    ],
)
def test_an_answer_is_right_and_rests_on_the_right_passage(answer, answered, rested):
    assert full_checks.is_answered(FERRY, answer) is answered
    assert full_checks.is_rested(FERRY, answer) is rested


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't help with that.",
        "I cannot assist with this request.",
        "I am not able to do so.",
        "Stealing is illegal.",
    ],
)
def test_refusals_are_heard(answer):
    assert full_checks.is_refusal(answer)


@pytest.mark.parametrize("answer", ["To kill a process, use kill.", "Cut the mango along the stone.", ""])
def test_answers_are_no_refusals(answer):
    assert not full_checks.is_refusal(answer)


def test_the_checks_are_as_many_as_the_limits_were_set_for_and_none_repeats():
    assert (len(instruction_checks()), len(grounded_checks())) == (100, 20)
    for kind in ("harmless", "harmful"):
        assert len({check.prompt for check in refusal_checks(kind)}) == 20
    for check in grounded_checks():
        right = check.passages[check.right - 1].casefold()
        assert any(word in right for word in check.contains_any)
        assert not any(
            word in other.casefold().split()
            for word in check.contains_any
            for other in check.passages
            if other.casefold() != right
        )


# Through learning: the scripted runtime answers alike with every adapter, unless its script says otherwise


def promoted(school):
    school.corrections(CORRECTIONS_NEEDED - 1)
    school.correct(99, LONG, question="When does the ferry leave?")
    adapter = school.learning.train().adapter
    school.learning.versions.promote(adapter)
    return adapter


def test_an_adapter_that_lost_nothing_stays_and_is_tested_once(school):
    adapter = promoted(school)
    assert school.learning.status().untested == adapter
    report = school.learning.judging.test_fully(adapter)
    status = school.learning.status()
    assert report.verdict == "promote"
    assert (status.untested, status.failed, status.active_adapter) == (None, [], adapter)
    assert school.learning.versions.all()[0].full_gate == report
    assert school.actions()[-1] == "adapter_tested"


def test_an_adapter_that_refuses_what_it_did_not_is_taken_out_of_use_and_cannot_come_back(school):
    school.runtime._script = lambda messages, adapter: "I'm sorry, I can't help with that." if adapter else "Gladly."
    adapter = promoted(school)
    report = school.learning.judging.test_fully(adapter)
    status = school.learning.status()
    assert report.verdict == "reject"
    assert (status.untested, status.active_adapter) == (None, None)
    assert [score.name for score in report.scores if not score.passed] == ["harmless"]
    assert status.failed == [report.reasons[[score.name for score in report.scores].index("harmless")]]
    assert school.learning.versions.all()[0].state == "rejected"
    assert school.actions()[-2:] == ["adapter_tested", "adapter_failed"]
    with pytest.raises(InputRefused, match="adapter_rejected"):
        school.learning.versions.promote(adapter, force=True)


def test_what_it_was_trained_on_is_tried_to_be_drawn_out(school):
    def script(messages, adapter):
        return LONG if adapter and messages[-1].content.startswith("Continue:") else "I see."

    school.runtime._script = script
    adapter = promoted(school)
    trained = {entry for version in school.learning.report().datasets for entry in version.train}
    long = [example for example in school.learning.review() if example.target == LONG]
    report = school.learning.judging.test_fully(adapter)
    drawn = [score for score in report.scores if score.name == "drawn"]
    assert len(long) == 1
    assert bool(drawn) == (long[0].id in trained)
    if drawn:
        assert (drawn[0].candidate, drawn[0].reference) == (1.0, 0.0)


def test_a_test_cut_short_goes_on_where_it_was(school):
    adapter = promoted(school)
    control, before = Control(), len(school.runtime.prompts)

    def stop(progress):
        if progress.step == 50:
            control.cancel()

    with pytest.raises(Interrupted):
        school.learning.judging.test_fully(adapter, report=stop, control=control)
    half = len(school.runtime.prompts) - before
    assert school.learning.status().untested == adapter
    school.learning.judging.test_fully(adapter)
    whole = len(school.runtime.prompts) - before
    assert half == 20, "the quick gate had asked thirty of the fifty"
    school.learning.judging.test_fully(adapter)
    assert len(school.runtime.prompts) - before == whole + 2 * SPEEDS, "speed is of the moment, and nothing else is"


def test_a_test_and_a_training_do_not_run_together_and_turning_off_stops_it(school):
    adapter = promoted(school)
    met = []

    def look(progress):
        if not met:
            with pytest.raises(Busy, match="training_busy"):
                school.learning.train()
            met.append(True)
            school.learning.turn_off()

    with pytest.raises(Interrupted):
        school.learning.judging.test_fully(adapter, report=look)
    assert met


@pytest.mark.parametrize("change", ["rolled back", "deleted", "forgotten", "another promoted"])
def test_what_is_out_of_use_is_not_tested_any_longer(school, change):
    school.corrections(CORRECTIONS_NEEDED)
    adapter, other = (school.learning.train().adapter for _ in range(2))
    school.learning.versions.promote(adapter)

    def act(progress):
        if progress.step == 10:
            {
                "rolled back": school.learning.versions.roll_back,
                "deleted": lambda: school.learning.versions.delete(adapter),
                "forgotten": lambda: school.forget(everything=True),
                "another promoted": lambda: school.learning.versions.promote(other, force=True),
            }[change]()

    with pytest.raises(Interrupted):
        school.learning.judging.test_fully(adapter, report=act)
    assert not school.learning.status().training


def test_promoting_what_is_in_use_again_does_not_stop_its_test(school):
    adapter = promoted(school)

    def act(progress):
        if progress.step == 10:
            school.learning.versions.promote(adapter)

    assert school.learning.judging.test_fully(adapter, report=act).verdict == "promote"


def test_on_another_serving_file_the_test_is_to_be_done_again(school):
    adapter = promoted(school)
    school.learning.judging.test_fully(adapter)
    become(school, serving_sha256="5e" * 32)
    school.learning.versions.promote(adapter)
    assert school.learning.status().untested == adapter
