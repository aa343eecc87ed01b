"""Which questions ask for everything there is on something, rather than for what one passage answers.

A rule on the words a question begins with, in English and German. It must not take what one passage answers ("How many
keys are there?") nor what no document does ("List three fruits"): a number is only counted of documents, and a list is
only one of all.
"""

import functools
import re
import tomllib
from typing import Final, Literal, NamedTuple

from engine.paths import RESOURCES

Breadth = Literal["list", "count", "compare"]

_DOCUMENTS: Final = (
    r"(?:documents|files|letters|invoices|bills|receipts|contracts|notes|e-?mails|reports|papers|articles|passages|pages"
    r"|dokumenten?|dateien|briefen?|rechnungen|quittungen|belegen?|verträgen?|notizen|berichten?|artikeln?|unterlagen"
    r"|stellen|seiten)"
)
_POLITE: Final = r"^\W*(?:(?:please|bitte|(?:can|could|would) you(?: please)?|kannst du(?: bitte)?|könntest du)\W+)?"
_SUBJECT: Final = "(?P<subject>)"  # where it begins: what comes before says only that everything is wanted
_SOME: Final = rf"{_SUBJECT}(?:\w+ )?{_DOCUMENTS}\b"
_RULES: Final[tuple[tuple[Breadth, str], ...]] = (
    ("count", rf"(?:in )?how many (?:of (?:my|the|these) )?{_SOME}"),
    ("count", rf"(?:count|what is the number of) (?:all |my |the |all my |all the )?{_SOME}"),
    ("count", rf"(?:in )?wie ?viele[nr]? (?:meiner |der |von meinen )?{_SOME}"),
    ("count", rf"zähle? (?:alle |meine |die )?{_SOME}"),
    (
        "list",
        rf"(?:list|name|show|find|give|tell|enumerate|collect)(?: me)?(?: a list of)? (?:all|every|each)\b{_SUBJECT}",
    ),
    ("list", rf"(?:which|what) (?:of my |are all |all )?{_SOME}"),
    ("list", rf"what are all\b{_SUBJECT}"),
    ("list", rf"(?:liste|nenne?|zeige?|finde?|gib|sammle)(?: mir)? (?:alle[ns]?|jede[ns]?|sämtliche)\b{_SUBJECT}"),
    ("list", rf"welche (?:meiner |der )?{_SOME}"),
    ("list", rf"(?:was|welche) sind alle\b{_SUBJECT}"),
    ("compare", rf"(?:compare|contrast)\b{_SUBJECT}"),
    ("compare", rf"what (?:is|are) the differences? between\b{_SUBJECT}"),
    ("compare", rf"how do(?:es)? {_SUBJECT}.{{1,80}} (?:differ|compare)\b"),
    ("compare", rf"vergleiche?\b{_SUBJECT}"),
    ("compare", rf"(?:was ist der unterschied|was sind die unterschiede) zwischen\b{_SUBJECT}"),
    ("compare", rf"(?:worin|wie) unterscheiden sich\b{_SUBJECT}"),
)
_COMPILED: Final = tuple((kind, re.compile(_POLITE + rule, re.IGNORECASE)) for kind, rule in _RULES)


_WORD: Final = re.compile(r"\w+")


class Wide(NamedTuple):
    """A question for everything on a subject; `words` are those of it that say something."""

    kind: Breadth
    subject: str
    words: str


def wide(question: str) -> Wide | None:
    """What of everything the question asks for; None where passages may answer it."""
    line = " ".join(question.split())
    for kind, rule in _COMPILED:
        if (found := rule.search(line)) is not None:
            subject = line[found.start("subject") :].strip()
            return Wide(kind, subject, " ".join(_telling(subject)))
    return None


def _telling(text: str) -> list[str]:
    words = _WORD.findall(text)
    return [word for word in words if word.lower() not in _function_words()] or words


@functools.cache
def _function_words() -> frozenset[str]:
    lists = tomllib.loads((RESOURCES / "reference" / "function_words.toml").read_text(encoding="utf-8"))
    return frozenset(word for some in lists.values() for word in some.split())
