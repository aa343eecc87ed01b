"""Where words stand on a page: from spans of its text to rectangles on its picture."""

from collections.abc import Sequence
from typing import Final

from engine.library.values import Box

_ANCHOR: Final = 24  # letters by which the ends of a passage are known where not all of it reads the same
_LOOSE: Final = 1.6  # times the area of two boxes that one around both may have: more, and they are of two lines


def rectangles(boxes: Sequence[Box | None], start: int, end: int) -> list[Box]:
    """Boxes around the code points `start` to `end`, one a line or so, whichever way the lines run."""
    found: list[Box] = []
    for box in boxes[start:end]:
        if box is None:
            continue
        if found:
            both = _around(found[-1], box)
            if _area(both) <= _LOOSE * (_area(found[-1]) + _area(box)):
                found[-1] = both
                continue
        found.append(box)
    return found


def find_passage(page: str, passage: str, near: int) -> tuple[int, int] | None:
    """The code points of a page's text that are `passage`, whatever blank space is between its words; of several the
    one nearest to `near`, and the whole between its beginning and its end where something in it reads otherwise."""
    places = [place for place, letter in enumerate(page) if not letter.isspace()]
    letters, wanted = "".join(page[place] for place in places), "".join(passage.split())
    if not wanted or not letters:
        return None
    target = sum(place < near for place in places)
    first, size = _nearest(letters, wanted, target), len(wanted)
    if first is None and size > 2 * _ANCHOR:
        first = _nearest(letters, wanted[:_ANCHOR], target)
        last = None if first is None else _nearest(letters, wanted[-_ANCHOR:], first + size - _ANCHOR)
        if first is None or last is None or not first < last < first + 2 * size:
            return None
        size = last + _ANCHOR - first
    return None if first is None else (places[first], places[first + size - 1] + 1)


def nearest(boxes: Sequence[Box | None], x: float, y: float) -> int | None:
    """The code point whose box is nearest to a place on the page; lines count for more than letters."""

    def away(place: int) -> float:
        box = boxes[place]
        assert box is not None
        return max(box.left - x, x - box.right, 0.0) + 8 * max(box.top - y, y - box.bottom, 0.0)

    return min((place for place, box in enumerate(boxes) if box is not None), key=away, default=None)


def _nearest(text: str, words: str, place: int) -> int | None:
    found: list[int] = []
    at = text.find(words)
    while at >= 0:
        found.append(at)
        at = text.find(words, at + 1)
    return min(found, key=lambda one: abs(one - place), default=None)


def _around(one: Box, other: Box) -> Box:
    return Box(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
    )


def _area(box: Box) -> float:
    return (box.right - box.left) * (box.bottom - box.top)
