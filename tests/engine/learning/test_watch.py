"""Ratings that fall under an adapter take it out of use, and only those."""

import pytest

from tests.engine.learning.school import Route


@pytest.fixture
def promoted(school):
    """Trained twice, and both promoted: ids, the one in use last."""
    adapters = []
    for start in (0, 10):
        school.corrections(10, start)
        adapters.append(school.learning.train().adapter)
        school.learning.versions.promote(adapters[-1], force=True)
        school.clock.now += 1000
    return adapters


def rate(school, first, ratings, adapter):
    """What each rating led to; the turns are numbered from `first`."""
    led_to = []
    for number, liked in enumerate(ratings, first):
        school.clock.now += 1000
        turn = school.turn(number, answer=f"Answer {number}.", route=Route(adapter=adapter))
        school.learning.capture.rate(turn, "up" if liked else "down")
        led_to.append(school.learning.versions.watch())
    return led_to


GOOD = [True, True, True, True, False] * 8


def test_a_fall_under_the_adapter_in_use_brings_the_one_before_back(school, promoted):
    before, falling = promoted
    assert not any(rate(school, 100, GOOD, before))

    led_to = rate(school, 200, [False] * 30, falling)
    [returned] = [each for each in led_to if each is not None]

    assert returned.adapter == falling
    assert (returned.liked_before, returned.liked_since) == (pytest.approx(0.8, abs=0.03), 0.0)
    assert 10 <= returned.ratings <= 25
    assert school.learning.versions.active().adapter_id == before
    assert school.learning.status().returned == returned
    assert school.actions()[-1] == "adapter_returned"


def test_the_notice_stands_until_the_owner_decides(school, promoted):
    rate(school, 100, GOOD, promoted[0])
    rate(school, 200, [False] * 30, promoted[1])
    school.reopen()
    assert school.learning.status().returned.adapter == promoted[1]

    school.learning.versions.promote(promoted[1], force=True)
    assert school.learning.status().returned is None
    assert not any(rate(school, 300, [False], promoted[1])), "the old fall is not held against it twice"


def test_the_notice_goes_with_its_adapter(school, promoted):
    rate(school, 100, GOOD, promoted[0])
    rate(school, 200, [False] * 30, promoted[1])
    school.learning.versions.delete(promoted[1])
    assert school.learning.status().returned is None


def test_a_fall_of_another_adapters_answers_is_not_held_against_the_one_in_use(school, promoted):
    before, in_use = promoted
    rate(school, 100, GOOD, before)
    assert not any(rate(school, 200, [False] * 30, before))
    assert school.learning.versions.active().adapter_id == in_use


def test_a_fall_noticed_before_it_was_promoted_is_not_held_against_it(school, promoted):
    before, in_use = promoted
    rate(school, 100, GOOD + [False] * 30, before)
    rate(school, 200, [True] * 5, in_use)
    assert school.learning.versions.active().adapter_id == in_use


def test_ratings_taken_back_or_changed_count_as_they_stand(school, promoted):
    before, in_use = promoted
    rate(school, 100, GOOD, before)
    for number in range(200, 230):
        rate(school, number, [False], in_use)
        turn = school.turn(number, answer=f"Answer {number}.", route=Route(adapter=in_use))
        school.learning.capture.rate(turn, None)
    assert school.learning.versions.active().adapter_id == in_use


def test_with_learning_off_nothing_is_watched(school, promoted):
    rate(school, 100, GOOD, promoted[0])
    school.learning.turn_off()
    assert not any(rate(school, 200, [False] * 30, promoted[1]))
