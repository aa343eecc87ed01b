"""What a version was made of, counted and listed: exactly what it was trained on, as far as it is still kept."""

import pytest

from engine.errors import InputRefused
from engine.learning.values import Retention


@pytest.fixture
def in_use(school):
    """The adapter in use: of an imported correction, a thumb, and ten corrections in nine conversations."""
    line = {"prompt": "Where?", "draft": "Here.", "correction": "There.", "time": "2001-01-01T00:00:00Z"}
    school.learning.capture.import_file(school.file(line))
    school.learning.capture.rate(school.turn(20, answer="Good."), "up")
    for number in (0, 1):
        school.correct(number, f"Write to ada@example.com, {number}.", thread="thread-0")
    school.corrections(8, start=2)
    adapter = school.learning.train().adapter
    school.learning.versions.promote(adapter, force=True)
    return adapter


def test_the_counts_are_of_what_was_trained_on(school, in_use):
    status = school.learning.status()
    listed = school.learning.trained_on(in_use)
    [dataset] = school.learning.report().datasets
    assert [example.id for example in listed] == dataset.train
    assert status.origin.dataset_sha256 == dataset.sha256
    assert (status.origin.adapter, status.origin.trained, status.origin.kept) == (in_use, len(listed), len(listed))
    assert status.origin.kinds == {"correction": len(listed) - 1, "thumb": 1}
    assert len(dataset.held_out) == 3
    assert (status.origin.imported, status.origin.masked) == (1, 2)
    assert status.origin.conversations == len(listed) - 2, "two share one, and one was imported"


def test_what_has_expired_is_counted_as_trained_on_and_not_kept(school, in_use):
    before = school.learning.status().origin
    school.retention = Retention(items=3)
    school.learning.capture.expire()
    origin = school.learning.status().origin
    assert (origin.trained, origin.kept) == (before.trained, len(school.learning.trained_on(in_use)))
    assert origin.kept < before.kept


def test_there_is_no_origin_where_nothing_is_in_use(school, in_use):
    school.learning.versions.roll_back()
    assert school.learning.status().origin is None
    assert school.learning.trained_on(in_use)


def test_an_unknown_adapter_is_refused(school):
    with pytest.raises(InputRefused, match="adapter_absent"):
        school.learning.trained_on("nowhere")


def test_what_is_learned_from_is_counted_by_kind_and_what_is_not_by_reason(school):
    school.corrections(3)
    school.learning.capture.rate(school.turn(20, answer="Good."), "up")
    school.learning.capture.rate(school.turn(21, answer="Bad."), "down")
    school.learning.leave_out(school.correct(30).id)
    status = school.learning.status()
    assert status.kinds == {"correction": 3, "thumb": 1}
    assert status.corrections == 3
    assert status.reasons == {"left_out_not_praised": 1, "left_out_by_owner": 1}
    assert (sum(status.kinds.values()), sum(status.reasons.values())) == (status.examples, status.left_out)
