"""The interval against values known by other means."""

import itertools
import math
from statistics import NormalDist

import numpy as np
import pytest

from engine.learning.statistics.bootstrap import Interval, items_to_tell, paired_interval

norm_cdf = NormalDist().cdf


def test_five_items_agree_with_all_3125_resamples():
    values = [0.0, 1.0, 2.0, 5.0, 7.0]
    tail = 100 * norm_cdf(-2.776445 * math.sqrt(5 / 4))  # Student's quantile of four degrees of freedom
    exact = np.percentile([sum(draw) / 5 for draw in itertools.product(values, repeat=5)], [tail, 100 - tail])
    interval = paired_interval(values, resamples=100_000)
    assert interval.mean == 3.0
    assert (interval.low, interval.high) == pytest.approx(tuple(exact), abs=1e-9)


def test_few_items_are_covered_nearly_as_often_as_many():
    draw = np.random.default_rng(4)
    samples = draw.normal(0.0, 1.0, (1000, 8))
    intervals = [paired_interval(sample.tolist(), resamples=1000) for sample in samples]
    held = sum(interval.low <= 0 <= interval.high for interval in intervals) / len(intervals)
    assert 0.925 <= held <= 0.96


def test_one_item_has_no_width():
    assert paired_interval([0.3]) == Interval(0.3, 0.3, 0.3)


def test_many_normal_items_agree_with_the_normal_interval():
    values = np.random.default_rng(1).normal(0.3, 1.0, 400)
    half = 1.96 * values.std() / np.sqrt(len(values))
    interval = paired_interval(values.tolist())
    assert interval.low == pytest.approx(values.mean() - half, abs=0.006)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.006)


def test_it_covers_the_truth_about_as_often_as_it_says():
    draw = np.random.default_rng(2)
    samples = [draw.normal(0.0, 1.0, 40).tolist() for _ in range(200)]
    intervals = [paired_interval(sample, resamples=1000) for sample in samples]
    assert 0.90 <= sum(interval.low <= 0 <= interval.high for interval in intervals) / 200 <= 0.99


def test_the_same_seed_gives_the_same_interval_and_constant_items_no_width():
    values = np.random.default_rng(3).normal(0.0, 1.0, 20).tolist()
    assert paired_interval(values) == paired_interval(values)
    assert paired_interval(values) != paired_interval(values, seed=1)
    assert paired_interval([0.25] * 9) == Interval(0.25, 0.25, 0.25)


def test_how_many_items_would_tell():
    assert items_to_tell(Interval(0.1, -0.1, 0.3), 10) == 40  # half the width of .2 needs four times the items
    assert items_to_tell(Interval(0.1, 0.05, 0.15), 10) == 3
    assert items_to_tell(Interval(-0.1, -0.3, 0.1), 10) is None
