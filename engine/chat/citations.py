"""Which passages an answer rests on: the numbers it cites, checked, or else the passage its words stand in."""

import re
from collections.abc import Iterable, Mapping

from engine.safety.grounding import support

# An answer that cites nothing, which is the rule with a small model, is given the passage that holds the most of what
# it adds to the question, if that is at least this share. See tests/benchmarks/citations.py.
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


def grounded(answer: str, passages: Mapping[int, str], *, question: str) -> list[int]:
    """The number of the passage that holds the most of what the answer says; several if they hold as much.

    None where none holds GROUNDED of it: an answer that stands in no passage cites none.
    """
    supports = {number: support(answer, text, question=question) for number, text in passages.items()}
    best = max(supports.values(), default=0.0)
    return [number for number, share in supports.items() if share == best >= GROUNDED]


def _numbers(mark: re.Match[str]) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", mark["numbers"])]
