"""Shares of liked answers by what gave them, with intervals that hold for a few."""

import pytest

from engine.learning.tally import tally
from tests.engine.learning.school import Route


# scipy 1.17.1, binomtest(liked, rated).proportion_ci(method="wilson")
@pytest.mark.parametrize(
    ("liked", "rated", "low", "high"),
    [
        (0, 1, 0.0, 0.7934507),
        (1, 1, 0.2065493, 1.0),
        (8, 10, 0.4901625, 0.9433178),
        (82, 100, 0.7333264, 0.8829977),
    ],
)
def test_the_interval_is_wilsons(liked, rated, low, high):
    found = tally(liked, rated)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-6), pytest.approx(high, abs=1e-6))


def test_ratings_are_told_by_what_gave_the_answer(school):
    school.corrections(6)
    adapter = school.learning.train().adapter
    for number, liked, by in ((1, "up", None), (2, "down", adapter), (3, "up", adapter), (4, "up", adapter)):
        school.learning.capture.rate(school.turn(100 + number, route=Route(adapter=by)), liked)
    [known] = school.learning.versions.all()
    assert (known.ratings.liked, known.ratings.rated) == (2, 3)
    base = school.learning.status().base_ratings
    assert (base.liked, base.rated) == (1, 1)


def test_without_ratings_there_is_nothing_to_tell(school):
    school.corrections(6)
    school.learning.train()
    assert school.learning.versions.all()[0].ratings is None
    assert school.learning.status().base_ratings is None
