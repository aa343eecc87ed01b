"""Likeness of texts: values by hand, and what holds for any two texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.gate.likeness import edit_distance, rouge_l

TEXTS = st.lists(st.sampled_from(["at", "noon", "the", "harbour", "closes"]), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("written", "wanted", "rouge", "edits"),
    [
        ("The harbour closes at noon.", "the harbour closes at noon", 1.0, 0.0),
        ("The harbour closes.", "The harbour closes at noon.", 2 * 3 / 8, 2 / 5),
        ("noon at closes", "closes at noon", 2 * 1 / 6, 2 / 3),
        ("Yes.", "No.", 0.0, 1.0),
        ("", "No.", 0.0, 1.0),
    ],
)
def test_likeness_by_hand(written, wanted, rouge, edits):
    assert rouge_l(written, wanted) == pytest.approx(rouge)
    assert edit_distance(written, wanted) == pytest.approx(edits)


@given(TEXTS, TEXTS)
def test_likeness_is_symmetric_and_within_bounds(one, other):
    for measure in (rouge_l, edit_distance):
        assert measure(one, other) == measure(other, one)
        assert 0.0 <= measure(one, other) <= 1.0
    assert edit_distance(one, one) == 0.0
