"""Arms compared by inverse-propensity weighting: by hand, and on simulated logs of which the truth is known."""

import random
from typing import NamedTuple

import pytest

from engine.learning.statistics.snips import Logged, compare, value
from engine.learning.statistics.wilson import wilson


def rated(tried, liked, of, propensity):
    return [Logged(tried, propensity, number < liked) for number in range(of)]


# Newcombe, Statistics in Medicine 17 (1998) 873, table II, method 10
@pytest.mark.parametrize(
    ("tried", "in_use", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_with_one_propensity_for_all_it_is_newcombes_interval_of_plain_shares(tried, in_use, low, high):
    found = compare(rated(True, *tried, 0.2) + rated(False, *in_use, 0.8))
    assert found.difference == pytest.approx(tried[0] / tried[1] - in_use[0] / in_use[1])
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_a_rare_answer_counts_for_those_that_were_not_drawn():
    found = value([True, False], [0.5, 0.25])
    assert found.share == pytest.approx(2 / (2 + 4))
    assert found.effective == pytest.approx(6**2 / (2**2 + 4**2))
    assert (found.low, found.high) == (pytest.approx(0.0416, abs=1e-4), pytest.approx(0.8520, abs=1e-4))


def test_the_interval_is_as_wide_as_the_weighted_ratings_scatter():
    found = value([True] * 8 + [False], [1.0] * 8 + [0.5])
    assert found.share == pytest.approx(8 / 10)
    assert found.effective == pytest.approx(10**2 / 12)
    scattered = 10**2 * 0.8 * 0.2 / (8 * 0.2**2 + 2**2 * 0.8**2)
    assert scattered < found.effective
    assert (found.low, found.high) == pytest.approx(wilson(0.8, scattered))


def test_the_effective_size_is_that_of_an_even_trial():
    assert compare(rated(True, 5, 25, 0.5) + rated(False, 5, 25, 0.5)).effective == pytest.approx(50)
    assert compare(rated(True, 5, 10, 0.2) + rated(False, 5, 40, 0.8)).effective == pytest.approx(32)


def test_an_arm_without_ratings_cannot_be_compared():
    assert compare([]) is None
    assert compare(rated(True, 5, 10, 0.2)) is None
    assert compare(rated(False, 5, 10, 0.8)) is None


class Kind(NamedTuple):
    """A kind of question: how many are of it, how often the arm tried is drawn, what each arm is liked."""

    share: float
    propensity: float
    tried: float
    in_use: float


WORLDS = {
    "tried more where both are liked less": (Kind(0.5, 0.1, 0.9, 0.8), Kind(0.5, 0.5, 0.4, 0.3)),
    "tried more where both are liked more": (Kind(0.5, 0.5, 0.9, 0.8), Kind(0.5, 0.1, 0.4, 0.3)),
    "three kinds, hardly different": (Kind(0.3, 0.05, 0.95, 0.9), Kind(0.4, 0.2, 0.6, 0.7), Kind(0.3, 0.5, 0.3, 0.2)),
    "no difference at all": (Kind(0.5, 0.1, 0.85, 0.85), Kind(0.5, 0.5, 0.35, 0.35)),
}  # fmt: skip


def logged(world, ratings, seed):
    draw = random.Random(seed)
    log = []
    for kind in draw.choices(world, [kind.share for kind in world], k=ratings):
        tried = draw.random() < kind.propensity
        liked = draw.random() < (kind.tried if tried else kind.in_use)
        log.append(Logged(tried, kind.propensity if tried else 1 - kind.propensity, liked))
    return log


def plain(log):
    means = []
    for arm in (True, False):
        liked = [one.liked for one in log if one.tried == arm]
        means.append(sum(liked) / len(liked))
    return means[0] - means[1]


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_where_propensities_go_with_the_question_only_the_weighted_difference_is_right(world):
    truth = sum(kind.share * (kind.tried - kind.in_use) for kind in world)
    logs = [logged(world, 300, seed) for seed in range(300)]
    found = [compare(log) for log in logs]
    covered = sum(one.low <= truth <= one.high for one in found) / len(found)
    assert 0.92 <= covered <= 0.98  # nominal .95; two standard errors of 300 logs are .025
    assert sum(one.difference for one in found) / len(found) == pytest.approx(truth, abs=0.02)
    assert abs(sum(map(plain, logs)) / len(logs) - truth) > 0.2
