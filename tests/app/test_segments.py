"""Cutting answers into prose and code: nothing is lost, only the end changes while more arrives."""

from hypothesis import given
from hypothesis import strategies as st

from app.widgets.code_colours import colours
from app.widgets.segments import Segment, segments

LINES = st.lists(
    st.sampled_from(["", "word", "- item", "1. one", "    indented", "```python", "```", "~~~", "x = 1", "| a | b |"]),
    max_size=40,
)


def test_prose_and_code_take_turns() -> None:
    found = segments("before\n\n```python\nx = 1\n```\nafter")
    assert found == [Segment("before", None), Segment("x = 1", "python"), Segment("after", None)]


def test_an_open_fence_is_code_already() -> None:
    assert segments("```c\nint x;")[-1] == Segment("int x;", "c")


def test_a_longer_fence_holds_a_shorter_one() -> None:
    assert segments("````md\n```\ninner\n```\n````") == [Segment("```\ninner\n```", "md")]


def test_long_prose_is_cut_between_paragraphs_never_in_a_list() -> None:
    paragraph = "word " * 300
    found = segments("\n\n".join([paragraph] * 4))
    assert len(found) > 1
    listed = "\n\n".join(f"- {paragraph}" for _ in range(4))
    assert len(segments(listed)) == 1


@given(LINES)
def test_no_word_is_lost(lines: list[str]) -> None:
    text = "\n".join(lines)
    kept = "".join(segment.text for segment in segments(text))
    for word in ("word", "item", "x = 1"):
        assert kept.count(word) == text.count(word)


@given(LINES, st.integers(0, 200))
def test_only_the_last_segments_change_while_an_answer_grows(lines: list[str], cut: int) -> None:
    text = "\n".join(lines)
    before, after = segments(text[:cut]), segments(text)
    settled = before[:-2]
    assert after[: len(settled)] == settled


def test_colours_count_as_qt_does() -> None:
    spans = colours('s = "😀"; t = 1\nx = 2', "python", dark=False)
    numbers = [span for span in spans if span.line == 0 and span.start == 14]
    assert numbers, spans
    assert all(span.line in (0, 1) for span in spans)


def test_an_unknown_language_stays_plain() -> None:
    assert colours("x", "no-such-language", dark=True) == []
    assert colours("x = 1", "", dark=True) == []
