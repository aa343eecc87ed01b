"""When each adapter was in use, told from the trail after its promotions are gone."""

import pytest

from engine.learning.uses import uses
from engine.privacy.values import AuditEntry
from tests.engine.learning.school import Route, become


@pytest.fixture
def trained(school):
    """Two adapters that may be used, neither in use."""
    made = []
    for start in (0, 10):
        school.corrections(10, start)
        made.append(school.learning.train().adapter)
        school.clock.now += 1000
    return made


def promote(school, adapter):
    school.clock.now += 1000
    school.learning.versions.promote(adapter, force=True)
    return school.clock.now


def spans(school):
    return [(use.adapter, use.from_ms, use.to_ms) for use in school.learning.versions.uses()]


def test_nothing_was_in_use_before_anything_was_promoted(school, trained):
    assert spans(school) == []


def test_a_rollback_ends_one_use_and_begins_another_of_the_one_before(school, trained):
    first, second = trained
    began, changed = promote(school, first), promote(school, second)
    school.clock.now += 1000
    school.learning.versions.roll_back()
    assert spans(school) == [
        (first, began, changed),
        (second, changed, school.clock.now),
        (first, school.clock.now, None),
    ]
    assert school.learning.report().uses == school.learning.versions.uses()


def test_turning_learning_off_ends_a_use_and_on_again_goes_on_with_it(school, trained):
    began = promote(school, trained[0])
    school.clock.now += 1000
    school.learning.turn_off()
    off = school.clock.now
    school.clock.now += 1000
    school.learning.turn_on()
    assert spans(school) == [(trained[0], began, off), (trained[0], school.clock.now, None)]


def test_what_was_forgotten_was_in_use_all_the_same(school, trained):
    began = promote(school, trained[0])
    school.clock.now += 1000
    school.forget(everything=True)
    assert spans(school) == [(trained[0], began, school.clock.now)]
    assert {adapter.id for adapter in school.learning.versions.all(destroyed=True)} == set(trained)
    assert school.learning.versions.all() == []


def test_one_deleted_while_it_was_not_in_use_is_no_way_back(school, trained):
    first, second = trained
    began, changed = promote(school, first), promote(school, second)
    school.learning.versions.delete(first)
    school.clock.now += 1000
    school.learning.versions.roll_back()
    assert spans(school) == [(first, began, changed), (second, changed, school.clock.now)]


def test_another_base_models_adapters_have_a_story_of_their_own(school, trained):
    promote(school, trained[0])
    become(school, base_sha256="f" * 64)
    assert spans(school) == []


def test_thumbs_count_for_the_use_in_which_they_were_given(school, trained):
    first, second = trained
    promote(school, first)
    for number, rating in ((200, "up"), (201, "down")):
        school.learning.capture.rate(school.turn(number, route=Route(adapter=first)), rating)
    promote(school, second)
    school.learning.capture.rate(school.turn(202, route=Route(adapter=first)), "up")
    ratings = [use.ratings for use in school.learning.versions.uses()]
    assert (ratings[0].liked, ratings[0].rated) == (1, 2)
    assert ratings[1] is None, "the late thumb is on an answer of the one before"


def test_a_return_that_took_back_nothing_ends_no_use():
    trail = [
        AuditEntry(id=number, action=action, fields=fields, at_ms=number)
        for number, (action, fields) in enumerate(
            [
                ("learning_on", {}),
                ("adapter_promoted", {"adapter": "a"}),
                ("adapter_failed", {"adapter": "b"}),
            ]
        )
    ]
    assert [(use.from_ms, use.to_ms) for use in uses(trail, {"a", "b"}, [])] == [(1, None)]
