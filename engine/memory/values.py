"""The plain values of memory."""

from enum import StrEnum

from msgspec import Struct


class EntryKind(StrEnum):
    PREFERENCE = "preference"
    CORRECTION = "correction"


class Entry(Struct, frozen=True, kw_only=True):
    """One thing the owner told the assistant. A correction also keeps the `question` it answered."""

    id: str
    kind: EntryKind
    text: str
    question: str = ""
    feedback_id: str | None = None
    created_ms: int = 0
    edited_ms: int | None = None


class Recalled(Struct, frozen=True):
    """A past correction beside a question, and the cosine similarity of the two questions."""

    entry: Entry
    similarity: float
