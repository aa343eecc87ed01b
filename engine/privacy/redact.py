"""Masking before anything is learned: structured personal data and secrets give way to typed masks such as «email».

Names and postal addresses are not recognised here (see engine.privacy.masking); the page shown before learning says so.
"""

import functools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from engine.privacy.identifiers import find_cards, find_emails, find_ibans, find_ips, find_ssns
from engine.privacy.phones import find_phones
from engine.privacy.secrets import find_secrets
from engine.privacy.spans import Span

Recogniser = Callable[[str], Iterator[Span]]

_RECOGNISERS: tuple[Recogniser, ...] = (
    find_secrets,
    find_emails,
    find_ibans,
    find_cards,
    find_ssns,
    find_ips,
    find_phones,
)
"""The more certain first: what one has masked the next no longer sees."""


MASKS = ("email", "phone", "card", "iban", "ip", "ssn", "key", "name", "address", "private")

_MASK = re.compile(f"«(?:{'|'.join(MASKS)})»")


class Redacted(Struct, frozen=True):
    """A text as it may be learned, and how many things of each kind were masked in it."""

    text: str
    masked: dict[str, int]

    @property
    def count(self) -> int:
        return sum(self.masked.values())


@functools.lru_cache(maxsize=4096)
def redact(text: str) -> Redacted:
    """Mask what the recognisers find. A redacted text comes back as it is.

    Masks change what stands beside them, so it looks again until nothing more is found.
    """
    masked: Counter[str] = Counter()
    while True:
        before = text
        for recogniser in _RECOGNISERS:
            spans = _apart(recogniser(text))
            text = mask(text, spans)
            masked.update(span.kind for span in spans)
        if text == before:
            return Redacted(text, dict(masked))


def mask(text: str, spans: Sequence[Span]) -> str:
    """`text` with a mask in the place of each of `spans`, which are in order and apart."""
    pieces, position = [], 0
    for span in spans:
        pieces += [text[position : span.start], f"«{span.kind}»"]
        position = span.end
    return "".join([*pieces, text[position:]])


def beside_masks(text: str, spans: Sequence[Span]) -> list[Span]:
    """Those of `spans` that touch no mask in `text`: masking them leaves less of it, so it comes to an end."""
    masks = [Span(match.start(), match.end(), "") for match in _MASK.finditer(text)]
    return [span for span in spans if not any(_overlap(span, one) for one in masks)]


def find(text: str) -> list[Span]:
    """What one look at `text` finds, with places in `text` itself, for measuring."""
    taken: list[Span] = []
    for recogniser in _RECOGNISERS:
        taken += [span for span in _apart(recogniser(text)) if not any(_overlap(span, other) for other in taken)]
    return sorted(taken)


def _apart(spans: Iterable[Span]) -> list[Span]:
    """In order, without those that overlap an earlier one; of those starting together the longest stays."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
