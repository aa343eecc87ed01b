"""The gate's verdict on evidence made up to deserve it."""

import msgspec
import numpy as np
import pytest

from engine.learning.gate.degenerate import is_degenerate
from engine.learning.gate.gate import CORRECTIONS_NEEDED, DRIFT_LIMIT, HELD_OUT_FLOOR, Evidence, judge
from engine.learning.gate.measure import Drafts
from engine.learning.records.dataset import split
from tests.engine.learning.records.test_dataset import example

GOOD = Evidence(
    candidate=[-2.0 + 0.01 * item for item in range(10)],
    base=[-2.5] * 10,
    reference_candidate=[-3.0] * 6,
    reference_base=[-3.0] * 6,
    instructions_candidate=[1.0] * 20 + [0.0] * 10,
    instructions_base=[1.0] * 20 + [0.0] * 10,
    drafts_candidate=Drafts(degenerate=[0.0] * 4),
    drafts_base=Drafts(degenerate=[0.0] * 4),
)


def with_(**changes):
    return judge(msgspec.structs.replace(GOOD, **changes))


def score(report, name):
    return next(score for score in report.scores if score.name == name)


def test_a_real_gain_without_loss_is_promoted_with_its_numbers():
    report = judge(GOOD)
    gain = score(report, "held_out_vs_base")
    assert report.verdict == "promote"
    assert gain.difference == pytest.approx(0.545)
    assert 0.5 < gain.low < gain.difference < gain.high < 0.6
    assert all(each.passed for each in report.scores)
    assert len(report.reasons) == 4
    assert "10 corrections" in report.reasons[0]


def test_too_few_held_out_corrections_tell_nothing_however_good_they_look():
    few = HELD_OUT_FLOOR - 1
    report = with_(candidate=GOOD.candidate[:few], base=GOOD.base[:few])
    assert report.verdict == "not_enough_data"
    assert "About 5 more corrections" in report.reasons[0]
    assert not score(report, "held_out_vs_base").passed


def test_none_held_out_tells_nothing():
    report = with_(candidate=[], base=[])
    assert report.verdict == "not_enough_data"
    assert "About 40 more corrections" in report.reasons[0]
    assert [each.name for each in report.scores] == ["reference_text", "instructions", "degenerate_drafts"]


def test_a_gain_within_the_noise_asks_for_as_much_data_as_would_tell():
    noise = np.random.default_rng(0).normal(0, 1, 20)
    report = with_(candidate=(0.2 + noise - noise.mean()).tolist(), base=[0.0] * 20)
    gain = score(report, "held_out_vs_base")
    assert gain.low < 0 < gain.difference
    assert report.verdict == "not_enough_data"
    items = 20 * ((gain.difference - gain.low) / gain.difference) ** 2
    assert f"About {round((np.ceil(items) - 20) / 0.2)} more corrections" in report.reasons[0]


def test_no_gain_is_refused():
    assert with_(candidate=[-2.6] * 10).verdict == "reject"
    assert with_(candidate=list(GOOD.base)).verdict == "reject"


def test_it_must_beat_the_adapter_in_use_too():
    beside = {"candidate_beside_active": GOOD.candidate}
    assert with_(active=[-2.3] * 10, **beside).verdict == "promote"
    assert with_(active=[-1.5] * 10, **beside).verdict == "reject"
    report = with_(candidate_beside_active=[], active=[])
    assert report.verdict == "not_enough_data"
    assert "the version in use" in report.reasons[1]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"reference_candidate": [-3.0 - DRIFT_LIMIT + 0.001] * 6}, "promote"),
        ({"reference_candidate": [-3.0 - DRIFT_LIMIT - 0.001] * 6}, "reject"),
        ({"reference_candidate": [-2.0] * 6}, "promote"),
        ({"instructions_candidate": [1.0] * 17 + [0.0] * 13}, "promote"),
        ({"instructions_candidate": [1.0] * 16 + [0.0] * 14}, "reject"),
        ({"drafts_candidate": Drafts(degenerate=[1.0, 0.0, 0.0, 0.0])}, "promote"),
        ({"drafts_candidate": Drafts(degenerate=[1.0, 1.0, 0.0, 0.0])}, "reject"),
        (
            {"drafts_candidate": Drafts(degenerate=[1.0] * 4), "drafts_base": Drafts(degenerate=[1.0] * 4)},
            "promote",
        ),
    ],
)
def test_what_it_may_cost_elsewhere(changes, verdict):
    assert with_(**changes).verdict == verdict


def test_harm_is_refused_even_where_the_gain_cannot_be_told():
    assert with_(candidate=[], base=[], reference_candidate=[-4.0] * 6).verdict == "reject"


def test_the_corrections_needed_are_those_whose_newest_fifth_reaches_the_floor():
    assert len(split([example(number) for number in range(CORRECTIONS_NEEDED)]).held_out) == HELD_OUT_FLOOR
    assert len(split([example(number) for number in range(CORRECTIONS_NEEDED - 1)]).held_out) == HELD_OUT_FLOOR - 1


@pytest.mark.parametrize(
    ("answer", "degenerate"),
    [
        ("", True),
        (" \n ", True),
        ("the same words again and " * 5, True),
        ("no no no no no no no no no no no no no", True),
        ("Yes.", False),
        ("no no no", False),
        ("A list has items. A list has an order. A set has items too, but a set has no order at all.", False),
    ],
)
def test_degenerate_answers_are_told(answer, degenerate):
    assert is_degenerate(answer) is degenerate


def drafts(*likeness):
    return Drafts(
        degenerate=[0.0] * len(likeness),
        rouge_l=list(likeness),
        edit_distance=[1.0 - one for one in likeness],
        words=[20.0] * len(likeness),
    )


@pytest.mark.parametrize(
    ("candidate", "base", "verdict", "words"),
    [
        ([0.3] * 8, [0.2] * 8, "promote", "nearer"),
        ([0.2] * 8, [0.3] * 8, "reject", "farther"),
        ([0.2] * 7, [0.3] * 7, "promote", "as far as can be told"),
        ([0.2, 0.4] * 4, [0.3, 0.3] * 4, "promote", "as far as can be told"),
    ],
    ids=["nearer", "farther", "too few to tell", "up and down"],
)
def test_drafts_farther_from_what_the_owner_wrote_are_a_loss(candidate, base, verdict, words):
    report = with_(drafts_candidate=drafts(*candidate), drafts_base=drafts(*base))
    assert report.verdict == verdict
    assert words in report.reasons[-1]
    assert score(report, "rouge_l").passed is (verdict == "promote")
    assert score(report, "edit_distance").difference == pytest.approx(-score(report, "rouge_l").difference)
    assert score(report, "words").candidate == 20


def test_drafts_of_what_was_trained_on_are_not_compared():
    report = with_(drafts_candidate=drafts(*[0.2] * 8), drafts_base=drafts(*[0.3] * 8), drafts_unseen=False)
    assert report.verdict == "promote"
    assert "rouge_l" not in {each.name for each in report.scores}


def test_what_was_chosen_is_told_against_what_was_left():
    report = with_(preferred_candidate=[0.5, -0.5, 1.0], preferred_base=[-1.0, 0.0, -1.0])
    assert report.verdict == "promote"
    assert "2 of 3 cases" in report.reasons[-1]
    assert score(report, "preferred").difference == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("gained", "verdict"),
    [([-1.0] * 7 + [0.1], "reject"), ([-1.0] * 7, "promote"), ([-1.0, 1.0] * 4, "promote")],
    ids=["shown", "too few to tell", "up and down"],
)
def test_what_prefers_what_was_left_is_refused_however_likely_both_became(gained, verdict):
    report = with_(preferred_candidate=gained, preferred_base=[0.0] * len(gained))
    assert report.verdict == verdict
    assert score(report, "preferred").passed is (verdict == "promote")
    assert ("prefers what you left" in report.reasons[-1]) is (verdict == "reject")
