"""When a trial may be said to tell something, and about how many more ratings it would take."""

import math

import pytest

from engine.learning.experiments.trial_report import trial_report
from engine.learning.records.feedback import Rated
from engine.learning.values import Arm, Trial

TRIAL = Trial(id="trial-1", adapter="new", against="old", share=0.2, seed=1, begun_ms=0)


def ratings(tried, liked, of, *, share=0.2, trial="trial-1"):
    arm = Arm(trial=trial, tried=tried, propensity=share if tried else 1 - share)
    return [Rated(number < liked, "new" if tried else "old", number, arm) for number in range(of)]


def report(*parts, answers=(0, 0), trial=TRIAL):
    return trial_report(trial, [rating for part in parts for rating in part], answers)


def test_before_any_rating_it_says_how_many_it_takes():
    found = report(answers=(3, 9))
    assert (found.verdict, found.more, found.comparison) == ("few", math.ceil(10 / 0.2), None)
    assert "about 50 more ratings" in found.reasons[0]
    assert found.reasons[1:] == ["Version on trial: 3 answers, none rated.", "Version in use: 9 answers, none rated."]


def test_below_the_floor_of_either_arm_nothing_is_told():
    found = report(ratings(True, 9, 9), ratings(False, 0, 40))
    assert (found.verdict, found.more) == ("few", 5)  # one more of a fifth of the answers
    assert found.comparison.low > 0, "however clear it looks"
    assert report(ratings(True, 40, 40), ratings(False, 0, 9)).verdict == "few"
    assert report(ratings(True, 10, 10), ratings(False, 0, 40)).verdict == "better"


def test_ratings_that_weigh_too_unevenly_are_too_few():
    even = report(ratings(True, 10, 12), ratings(False, 6, 30))
    assert even.verdict != "few"
    rare = report(ratings(True, 10, 10, share=0.5), ratings(True, 0, 2, share=0.05), ratings(False, 6, 30))
    assert rare.comparison.effective < 20
    assert (rare.verdict, rare.tried.ratings.rated) == ("few", 12)
    assert rare.more > 0


def test_the_verdict_follows_the_interval():
    assert report(ratings(True, 28, 30), ratings(False, 60, 120)).verdict == "better"
    assert report(ratings(True, 10, 30), ratings(False, 100, 120)).verdict == "worse"
    unclear = report(ratings(True, 22, 30), ratings(False, 72, 120))
    assert unclear.verdict == "unclear"
    half = unclear.comparison.difference - unclear.comparison.low
    assert unclear.more == math.ceil(150 * (half / unclear.comparison.difference) ** 2) - 150
    mirrored = report(ratings(True, 8, 30), ratings(False, 48, 120))
    assert (mirrored.verdict, mirrored.more) == ("unclear", unclear.more)
    assert report(ratings(True, 15, 30), ratings(False, 60, 120)).verdict == "alike"


@pytest.mark.parametrize(("liked", "verdict"), [(28, "better"), (10, "worse"), (22, "unclear"), (18, "alike")])
def test_every_verdict_has_its_sentence_with_the_interval_and_the_effective_size(liked, verdict):
    found = report(ratings(True, liked, 30), ratings(False, 72, 120))
    assert found.verdict == verdict
    assert f"{found.comparison.low:+.0%} to {found.comparison.high:+.0%}" in found.reasons[0]
    assert f"{found.comparison.effective:.0f} ratings of an even trial" in found.reasons[0]


def test_a_share_that_changed_is_weighed_by_what_it_was():
    """Everything was liked at first and nothing later, and the version on trial answered more later."""
    early = ratings(True, 12, 12, share=0.2), ratings(False, 48, 48, share=0.2)
    late = ratings(True, 0, 30, share=0.5), ratings(False, 0, 30, share=0.5)
    found = report(*early, *late)
    assert (found.tried.ratings.liked, found.tried.ratings.rated) == (12, 42)
    assert (found.in_use.ratings.liked, found.in_use.ratings.rated) == (48, 78)
    assert found.comparison.difference == pytest.approx(0)
    assert found.verdict == "alike"


def test_ratings_of_another_trial_and_of_none_are_passed_over():
    other = ratings(True, 30, 30, trial="trial-0")
    found = report(other, [Rated(liked=True, adapter_id="old", at_ms=1)])
    assert (found.tried.ratings, found.in_use.ratings) == (None, None)


def test_what_was_rated_was_answered_even_where_the_conversation_is_gone():
    assert report(ratings(True, 1, 4), answers=(2, 9)).tried.answers == 4


def test_the_plain_model_is_called_by_its_name():
    plain = Trial(id="trial-1", adapter="new", against=None, share=0.2, seed=1, begun_ms=0)
    assert report(trial=plain).reasons[2].startswith("Plain model")
