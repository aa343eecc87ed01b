"""In shadow: what a version would have answered to what came since it was trained, told of it and kept."""

import pytest

from engine.errors import Busy, InputRefused, Interrupted
from engine.learning.gate.gate import HELD_OUT_FLOOR
from engine.learning.gate.shadow import Beside, judge_since
from engine.progress import Control
from tests.engine.learning.school import become
from tests.engine.learning.test_adapters import ENOUGH, lift, made_better

NEAR = ([0.4] * 10, [0.3] * 10)
GAINS = [0.3, 0.5, 0.4, 0.2, 0.6, 0.4, 0.3, 0.5, 0.4, 0.4]


def judged(gains, near=NEAR, **how):
    numbers = Beside(([-2 + gain for gain in gains], [-2.0] * len(gains)), near)
    return judge_since(numbers, **{"beside_base": True, "own_drafts": False} | how)


@pytest.mark.parametrize(
    ("gains", "verdict", "words"),
    [
        (GAINS, "promote", "nearer to what you wanted than the plain model, by 0.400"),
        ([-gain for gain in GAINS], "reject", "no nearer"),
        ([1.0, -0.9] * 5, "not_enough_data", "more"),
        (
            GAINS[:3],
            "not_enough_data",
            f"3 corrections or choices are new to it, and {HELD_OUT_FLOOR} are needed. 5 more.",
        ),
        ([], "not_enough_data", f"0 corrections or choices are new to it, and {HELD_OUT_FLOOR} are needed. 8 more."),
    ],
)
def test_it_says_what_new_feedback_tells(gains, verdict, words):
    report = judged(gains)
    assert report.verdict == verdict
    assert words in report.reasons[0]


def test_it_says_how_many_more_would_tell():
    assert "About 3 more" in judged([1.0] * 8 + [-1.0] * 1 + [-1.2] * 1).reasons[0]


def test_whose_drafts_were_corrected_is_told():
    assert "easier task" in judged(GAINS, own_drafts=True).reasons[-1]
    assert "harder task" in judged(GAINS).reasons[-1]


def test_only_what_neither_was_trained_on_counts(school):
    """The first version's since is the second's past."""
    school.corrections(ENOUGH)
    old = school.learning.train().adapter
    lift(school, 0.25)
    school.learning.versions.promote(old)
    school.corrections(10, start=ENOUGH)
    new = made_better(school, school.learning.train().adapter)
    learned = {example.id for example in school.learning.trained_on(new)}
    assert "0 corrections" in school.learning.shadow(new).report.reasons[0]
    since = [row.id for row in school.corrections(9, start=ENOUGH + 10)]
    assert not learned & set(since)
    found = school.learning.shadow(new)
    assert found.against == old
    assert found.report.scores[0].difference == pytest.approx(0.25)
    assert "On 9 pieces of feedback" in found.report.reasons[0]
    of_old = school.learning.shadow(old)
    assert of_old.against is None
    assert of_old.report.scores[0].difference == pytest.approx(0.25)
    assert "easier task" in of_old.report.reasons[-1]


def test_it_is_kept_with_the_version_until_another_file_serves(school):
    school.corrections(ENOUGH)
    version = school.learning.train().adapter
    found = school.learning.shadow(version)
    school.reopen()
    assert school.learning.versions.all()[0].shadow == found
    assert school.actions()[-1] == "adapter_shadowed"
    become(school, serving_sha256="0f" * 32)
    school.learning.judging.gate(version)
    assert school.learning.versions.all()[0].shadow is None


def test_what_it_would_have_drafted_is_measured_once(school):
    school.corrections(ENOUGH)
    version = school.learning.train().adapter
    school.corrections(9, start=ENOUGH)
    first = school.learning.shadow(version)
    asked = []
    school.runtime.answers = lambda questions, **how: asked.extend(questions) or iter(())
    school.runtime.log_likelihood = None  # nothing is asked again
    assert school.learning.shadow(version).report == first.report
    assert not asked


def test_a_group_s_version_is_asked_of_its_group_only(school, monkeypatch):
    school.corrections(ENOUGH)
    version = school.learning.train().adapter
    of_group = [row.id for row in school.corrections(9, start=ENOUGH)][:2]
    monkeypatch.setattr(school.learning, "_members", lambda domain: frozenset(of_group))
    assert "2 corrections" in school.learning.shadow(version).report.reasons[0]


def test_it_stands_back_and_can_be_stopped(school):
    school.corrections(ENOUGH)
    version = school.learning.train().adapter
    school.corrections(9, start=ENOUGH)
    control = Control()
    control.cancel()
    with pytest.raises(Interrupted):
        school.learning.shadow(version, control=control)
    with school.learning._work.begun(None), pytest.raises(Busy):
        school.learning.shadow(version)
    with pytest.raises(InputRefused, match="adapter_absent"):
        school.learning.shadow("nobody")
    assert school.learning.versions.all()[0].shadow is None
