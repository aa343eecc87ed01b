"""The plain values of the library: file states, passages, reports, plans."""

from datetime import date
from enum import StrEnum
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from engine.errors import HearthsideError


class FileState(StrEnum):
    """Where one file stands. Each state but `waiting` comes with a reason, `indexed` only where there is one."""

    INDEXED = "indexed"
    NO_TEXT = "no_text_found"
    UNSUPPORTED = "unsupported"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    ENCRYPTED = "encrypted"
    WAITING = "waiting"


class FileReport(Struct, frozen=True, kw_only=True, gc=False):
    """One file's outcome. `reason` is a key of translations/*/library.toml; of one that is indexed "", or "ocr" or
    "ocr_part" where words were read from pictures. `away` is such a key too, where the file cannot be reached just now
    and what was read of it is kept ("" where not)."""

    path: str
    state: FileState
    reason: str
    chunks: int
    size: int = 0
    document_id: str | None = None
    indexed_ms: int | None = None
    away: str = ""


class IndexReport(Struct, frozen=True):
    """What one run of indexing did. `chunks` counts those of all files named; `fresh` the files read this time."""

    files: list[FileReport]
    chunks: int
    seconds: float
    fresh: int = 0
    removed: int = 0


class Rescanned(Struct, frozen=True):
    """What looking again found, in files: read, removed, gone away, come back, moved, named without being opened."""

    fresh: int
    removed: int
    away: int
    back: int
    moved: int
    named: int

    @property
    def changed(self) -> bool:
        return any((self.fresh, self.removed, self.away, self.back, self.moved, self.named))


class RootStanding(Struct, frozen=True, kw_only=True):
    """How current a root is. "behind" is told where nothing is at work on it, "catching_up" where something is, or is
    "paused".

    `left`: changed files that are not read yet; `away`: files that cannot be reached; `reason`: why the root is away;
    `unwatched`: why it is only looked at now and then, "" where it is watched. Both are keys of
    translations/*/library.toml.
    """

    path: str
    state: Literal["current", "catching_up", "paused", "behind", "away"]
    left: int = 0
    away: int = 0
    reason: str = ""
    unwatched: str = ""


class Kept(Struct, frozen=True):
    """How a library that is kept current stands. `changes` counts the looks that changed something; `trouble` is what
    the last look ended with, None where it went well."""

    standings: list[RootStanding]
    changes: int = 0
    trouble: HearthsideError | None = None


class Kind(Struct, frozen=True):
    """How many files of one type would be read, and their bytes. `suffix` is "" where names have none."""

    suffix: str
    files: int
    bytes: int


class IndexPlan(Struct, frozen=True, kw_only=True):
    """What indexing would do, before anything is read.

    `by_type` counts all files that can be read, `reading` those that would be, most bytes first; `unchanged` are those
    that need not be. `skipped` counts the others by reason, a key of translations/*/library.toml. The seconds are a
    guess until this machine has read something (`seconds_measured`); `bytes_estimated` is what the library grows by.
    """

    files: list[FileReport]
    by_type: dict[str, int]
    bytes: int
    seconds_estimated: float
    seconds_measured: bool
    bytes_estimated: int
    reading: list[Kind]
    unchanged: int
    skipped: dict[str, int]


class Passage(Struct, frozen=True, kw_only=True):
    """A chunk as it is cited. `start`, `end` are code points of the document's extracted text; page is 1-based.

    `current` is False for one that was cited and has since changed in its file: its offsets are those of then.
    `ocr`: it was read from a picture, and may be misread. `heading` is the title and the headings it stands under, ""
    where none are known. `away` says why the file cannot be reached just now: a key of translations/*/library.toml, ""
    where it can.
    """

    chunk_id: str
    document_id: str
    path: str
    page: int | None
    start: int
    end: int
    text: str
    score: float = 0.0
    current: bool = True
    ocr: bool = False
    heading: str = ""
    away: str = ""


class Ranking(Struct, frozen=True):
    """How passages are chosen: `meaning` is the weight of meaning, what is left of 1 that of words; the best
    `passages`."""

    meaning: float
    passages: int


class Place(Struct, frozen=True):
    """From code point `start` of a text on: the 1-based page, where there are pages, and the headings above."""

    start: int
    page: int | None
    heading: str


class DocumentText(Struct, frozen=True, kw_only=True):
    """The extracted text a citation is shown in; `places` in order, one wherever page or headings change."""

    document_id: str
    path: str
    text: str
    places: list[Place] = []


class Standing(StrEnum):
    """A file on the disk, held against what was read of it."""

    SAME = "same"
    CHANGED = "changed"
    AWAY = "away"
    MISSING = "missing"
    UNREADABLE = "unreadable"


class Source(Struct, frozen=True, kw_only=True):
    """What stands behind a citation now. `document` is None where its file gives no text any more; `start`, `end` are
    code points of that text, None where the passage stands in it no more. `drawn`: whether its pages can be drawn."""

    passage: Passage
    document: DocumentText | None
    standing: Standing
    start: int | None
    end: int | None
    drawn: bool


class Box(Struct, frozen=True, array_like=True):
    """A rectangle on a page, in fractions (0 to 1) of its width and height from its left and upper edge."""

    left: float
    top: float
    right: float
    bottom: float


WHOLE_PAGE = Box(0.0, 0.0, 1.0, 1.0)


class PagePicture(Struct, frozen=True, kw_only=True):
    """A `part` of a page as it looks: `pixels` are rows of blue, green, red and an unused byte. `text` is what is
    written on the whole page, a box (or None) a code point; `number` is 1-based, of `count` pages."""

    number: int
    count: int
    part: Box = WHOLE_PAGE
    width: int
    height: int
    pixels: bytes
    text: str
    boxes: list[Box | None]


class Root(Struct, frozen=True, kw_only=True):
    """A folder or file the owner added: its files that hold text, and how many of them cannot be reached just now.
    `patterns`, a line each as in .gitignore, say what of it is left out."""

    path: str
    files: int
    chunks: int
    may_teach: bool
    patterns: str = ""
    away: int = 0


class Collection(Struct, frozen=True, kw_only=True):
    """A named set of folders and files. `files` counts the documents that stand in them now."""

    id: str
    name: str
    places: tuple[str, ...]
    files: int


ScopeKind = Literal["collection", "place", "since", "type"]


class Scope(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of the library may be looked at; without anything said, all of it.

    Documents at or under one of `places` or in one of `collections` (ids), where either names any; whose file was
    changed on the day `since` or later, by this machine's time zone; whose name ends in one of `types` (lower case,
    without the dot). A collection that is gone holds nothing.
    """

    collections: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    since: date | None = None
    types: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return self != _EVERYTHING

    @property
    def stored(self) -> str | None:
        """As it is kept in a database, for `read`."""
        return msgspec.json.encode(self).decode() if self else None

    @classmethod
    def read(cls, stored: str | None) -> "Scope":
        return _EVERYTHING if stored is None else msgspec.json.decode(stored, type=cls)

    def and_also(self, kind: ScopeKind, value: str) -> "Scope":
        """With one more collection (id), place (path), type, or another day (ISO 8601)."""
        if kind == "since":
            return replace(self, since=date.fromisoformat(value))
        held = self._held(kind)
        return self if value in held else replace(self, **{f"{kind}s": (*held, value)})

    def without(self, kind: ScopeKind, value: str) -> "Scope":
        if kind == "since":
            return replace(self, since=None)
        return replace(self, **{f"{kind}s": tuple(one for one in self._held(kind) if one != value)})

    def _held(self, kind: ScopeKind) -> tuple[str, ...]:
        held: tuple[str, ...] = getattr(self, f"{kind}s")
        return held


_EVERYTHING = Scope()


class ScopePart(Struct, frozen=True, kw_only=True):
    """One limit of a scope, as `Scope.without` takes it, and what it is called. `detail` is a path, or empty."""

    kind: ScopeKind
    value: str
    words: str
    detail: str = ""
