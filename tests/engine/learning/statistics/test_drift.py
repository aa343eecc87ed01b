"""A fall in ratings is heard soon, rarely where there is none, and exactly where river hears it."""

import random
import statistics

import pytest

from engine.learning.statistics.drift import falls


def rated(seed, before, after, *, then=0.5, usual=0.8):
    drawn = random.Random(seed)
    return [drawn.random() < usual for _ in range(before)] + [drawn.random() < then for _ in range(after)]


# river 0.26.1, PageHinkley(threshold=10, mode="down"), on the same series
@pytest.mark.parametrize(("seed", "noticed"), [(0, [213]), (1, [176]), (2, [198, 321]), (3, [195]), (4, [163])])
def test_falls_are_those_that_river_finds(seed, noticed):
    assert [fall.noticed for fall in falls(rated(seed, 150, 250))] == noticed


def test_a_fall_is_heard_within_tens_of_ratings_and_placed():
    first = [next(fall for fall in falls(rated(seed, 150, 250)) if fall.noticed >= 150) for seed in range(200)]
    assert statistics.median(fall.noticed - 149 for fall in first) <= 30
    assert abs(statistics.median(fall.since - 150 for fall in first)) <= 10
    assert statistics.median(fall.before for fall in first) == pytest.approx(0.8, abs=0.05)
    assert statistics.median(fall.after for fall in first) == pytest.approx(0.45, abs=0.1)


def test_an_owner_who_goes_on_as_before_is_seldom_misheard():
    assert sum(bool(falls(rated(seed, 150, 0))) for seed in range(400)) <= 0.04 * 400


@pytest.mark.parametrize("series", [[], [True], [False] * 300, [True] * 300, [False] * 50 + [True] * 50])
def test_what_does_not_fall_is_no_fall(series):
    assert falls(series) == []


def test_few_ratings_tell_nothing():
    assert falls([True] * 12 + [False] * 12) == []
