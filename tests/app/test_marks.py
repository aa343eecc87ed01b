"""Where a passage stands on a page, and what is found in a text: pure functions."""

from app.viewer.finding import MOST_FOUND, occurrences
from app.viewer.marks import find_passage, nearest, rectangles
from engine.library.values import Box


def line(text: str, top: float) -> list[Box | None]:
    """Letters .01 wide from the left edge; blanks have no box."""
    return [
        None if letter == " " else Box(0.01 * at, top, 0.01 * at + 0.01, top + 0.02) for at, letter in enumerate(text)
    ]


def test_each_line_is_one_rectangle() -> None:
    boxes = [*line("two words here", 0.1), None, *line("and a line", 0.13)]
    found = rectangles(boxes, 4, len(boxes))
    assert [(round(box.left, 2), round(box.right, 2), round(box.top, 2)) for box in found] == [
        (0.04, 0.14, 0.1),
        (0, 0.1, 0.13),
    ]
    assert rectangles(boxes, 3, 4) == []


def test_a_line_that_runs_down_is_one_rectangle_too() -> None:
    boxes: list[Box | None] = [Box(0.5, 0.01 * at, 0.52, 0.01 * at + 0.01) for at in range(20)]
    [box] = rectangles(boxes, 0, 20)
    assert (box.top, round(box.bottom, 2)) == (0, 0.2)


def test_a_passage_is_found_whatever_space_is_between_its_words() -> None:
    page = "First line.\nThe boiler\nstands  in the cellar.\nLast."
    assert find_passage(page, "The boiler stands in\n\nthe cellar.", 0) == (12, 45)
    assert page[12:45] == "The boiler\nstands  in the cellar."
    assert find_passage(page, "Nothing of it", 0) is None
    assert find_passage("", "words", 0) is None
    assert find_passage(page, " \n", 0) is None


def test_of_several_the_nearest_is_meant() -> None:
    page = "again and again and again"
    assert find_passage(page, "again", 0) == (0, 5)
    assert find_passage(page, "again", 11) == (10, 15)
    assert find_passage(page, "again", 1000) == (20, 25)


def test_a_passage_with_something_misread_in_it_is_known_by_its_ends() -> None:
    passage = "The parties agree as follows, on the first of May, and each of them keeps a copy of it."
    page = f"Before. {passage.replace('first', 'f irs7')} After."
    found = find_passage(page, passage, 0)
    assert found is not None
    assert page[slice(*found)].startswith("The parties")
    assert page[slice(*found)].endswith("copy of it.")


def test_the_letter_under_the_pointer() -> None:
    boxes = [*line("two words", 0.1), *line("below", 0.2)]
    assert nearest(boxes, 0.045, 0.11) == 4
    assert nearest(boxes, 0.9, 0.105) == 8
    assert nearest(boxes, 0.9, 0.21) == 13
    assert nearest([], 0.5, 0.5) is None


def test_words_are_found_in_any_case_and_across_lines() -> None:
    text = "The Boiler\n stands. THE boiler stands."
    assert [text[start:end] for start, end in occurrences(text, " the  boiler stands")] == [
        "The Boiler\n stands",
        "THE boiler stands",
    ]
    assert occurrences(text, "b.iler") == []
    assert occurrences(text, "  ") == []


def test_a_long_text_is_looked_through_whole_and_each_place_is_found_once() -> None:
    text = "filler " * 28_571 + "wo" + "rd here " + "filler " * 60_000 + "word"
    assert [text[start:end] for start, end in occurrences(text, "word")] == ["word", "word"]
    assert len(occurrences("a" * 500_000, "a")) == MOST_FOUND
    assert len(occurrences("ab" * 1000, "abab")) == 500
