"""What library.db knows of files: their last state, and by what it is seen that they changed."""

import msgspec
from msgspec import Struct

from engine.library.loaders.unread import REASONS
from engine.library.values import FileReport, FileState
from engine.library.walk import FileKey, Found
from engine.store.database import Database

_COLUMNS = (
    "d.id, d.uid, d.path, d.state, d.reason, d.size, d.mtime_ns, d.inode, d.sha256, d.version, d.indexed_ms,"
    " d.device, d.away"
)
_LASTING = frozenset({FileState.INDEXED, FileState.NO_TEXT, FileState.ENCRYPTED})
_LASTING_REASONS = (
    frozenset({"broken", "binary", "archive", "old_office", "zip_bomb", "zip_names", "picture_size"}) | REASONS
)
_QUARANTINED = frozenset({"crashed", "too_slow", "memory", "ocr_failed"})

UNDER = "(rtrim({0}, '/') || '/' = substr({1}, 1, length(rtrim({0}, '/')) + 1) OR {0} = {1})"
"""SQL: whether path {1} is folder {0} or stands in it."""

HELD = f"""(
    {UNDER.format("r.path", "?1")} AND NOT EXISTS (
        SELECT 1 FROM excluded e WHERE {UNDER.format("e.path", "?1")} AND {UNDER.format("r.path", "e.path")}
    )
)"""  # noqa: S608 - no value in it
"""SQL: whether root r holds path ?1, and its owner has not taken that out again."""


class Record(Struct, frozen=True, array_like=True, gc=False):
    """A row of documents, with the count of its chunks."""

    id: int
    uid: str
    path: str
    state: FileState
    reason: str
    size: int
    mtime_ns: int
    inode: int
    sha256: bytes | None
    version: int
    indexed_ms: int
    device: int
    away: str
    chunks: int

    @property
    def lasting(self) -> bool:
        """Whether reading the same bytes again would end the same way."""
        return self.state in _LASTING or self.reason in _LASTING_REASONS or self.quarantined

    @property
    def quarantined(self) -> bool:
        """Whether it took its reader down: not read again until it changes or its owner names it."""
        return self.reason in _QUARANTINED

    @property
    def has_unwanted_pictures(self) -> bool:
        """Whether words in its pictures were not read because that was turned off."""
        return self.reason in {"pictures_off", "pictures_left"}

    @property
    def file_key(self) -> FileKey:
        return self.size, self.mtime_ns, self.inode

    def unchanged(self, found: Found) -> bool:
        """Whether the file is as it was when it was last read, by all that can be told without opening it."""
        return self.lasting and self.file_key == found.file_key

    def says(self, state: FileState, reason: str) -> bool:
        return (self.state, self.reason) == (state, reason)

    def report(self) -> FileReport:
        return FileReport(
            path=self.path,
            state=self.state,
            reason=self.reason,
            chunks=self.chunks,
            size=self.size,
            document_id=self.uid,
            indexed_ms=self.indexed_ms,
            away=self.away,
        )


def records(database: Database, folder: str | None = None) -> list[Record]:
    """All records, or those at or under `folder`, by path."""
    top = "" if folder is None else folder.rstrip("/")
    where = "" if folder is None else "WHERE d.path = ? OR (d.path >= ? AND d.path < ?)"  # a range: by the index
    rows = database.read(
        f"SELECT {_COLUMNS}, (SELECT count(*) FROM chunks c WHERE c.document = d.id) FROM documents d {where}"  # noqa: S608 - no value in it
        " ORDER BY d.path",
        *([] if folder is None else [folder, f"{top}/", f"{top}0"]),  # "0" follows "/"
    )
    # Not all at once: that would hold every other thread, the window's too, for as long.
    return [msgspec.convert(row, Record) for row in rows]
