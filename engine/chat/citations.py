"""Which passages an answer rests on: the numbers it cites, checked, or else the passage its words stand in."""

import re
from collections.abc import Iterable, Mapping

from engine.safety.grounding import support

# An answer that cites nothing, which is the rule with a small model, is given the passage that holds the most of what
# it adds to the question, if that is at least this share. On XQuAD, among four passages of one subject, 99 % of the
# reference answers are given one, which is the right one for 99 % of them; of what the 135M model says instead, mostly
# wrong, 44 % and 81 % (48 answers; the figures move little from .3 to .6).
GROUNDED = 0.5

_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.DOTALL)
_MARK = re.compile(r"(?P<before>[ \t]*)\[(?P<numbers>\d{1,2}(?:\s*[,;]\s*\d{1,2})*)\]")


def checked(answer: str, numbers: Iterable[int]) -> tuple[str, list[int]]:
    """The answer without citations of passages that do not exist, and the numbers it cites, in order of appearance.

    `numbers` are those of the passages that were shown. Code is left alone, and so is everything when none were shown:
    "[1]" is then no citation.
    """
    known = set(numbers)
    if not known:
        return answer, []
    cited: dict[int, None] = {}

    def keep_known(mark: re.Match[str]) -> str:
        kept = [number for number in _numbers(mark) if number in known]
        cited.update(dict.fromkeys(kept))
        if len(kept) == len(_numbers(mark)):
            return mark.group()
        return f"{mark['before']}[{', '.join(map(str, kept))}]" if kept else ""

    pieces = _CODE.split(answer)
    pieces[::2] = [_MARK.sub(keep_known, prose) for prose in pieces[::2]]
    return "".join(pieces), list(cited)


def uncited(answer: str) -> str:
    """The answer without any citation: the numbers mean nothing beside other passages."""
    pieces = _CODE.split(answer)
    pieces[::2] = [_MARK.sub("", prose) for prose in pieces[::2]]
    return "".join(pieces)


def grounded(answer: str, passages: Mapping[int, str], *, question: str) -> int | None:
    """The number of the passage that holds the most of what the answer says; of several, the first.

    None where no passage holds GROUNDED of it: an answer that stands in no passage cites none.
    """
    supports = {number: support(answer, text, question=question) for number, text in passages.items()}
    best = max(supports, key=lambda number: supports[number], default=None)
    return best if best is not None and supports[best] >= GROUNDED else None


def _numbers(mark: re.Match[str]) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", mark["numbers"])]
