"""How a file on the disk stands against what was read of it."""

from pathlib import Path

from msgspec import Struct

from engine.library.loaders.contract import Refused
from engine.library.opened import Opened, open_found
from engine.library.records import HELD
from engine.library.values import FileState, Standing
from engine.library.walk import FileKey, Found
from engine.store.database import Database


class Kept(Struct, frozen=True, array_like=True):
    """What is known of a document's file since it was last read."""

    path: str
    size: int
    mtime_ns: int
    inode: int
    sha256: bytes | None
    away: str

    @property
    def file_key(self) -> FileKey:
        return self.size, self.mtime_ns, self.inode


def kept(database: Database, document_id: str) -> Kept | None:
    row = database.one("SELECT path, size, mtime_ns, inode, sha256, away FROM documents WHERE uid = ?", document_id)
    return None if row is None else Kept(*row)


def open_kept(database: Database, file: Kept, *, text_limit: int) -> Opened:
    """The file as it is now. Raises Refused with reason "away" where the folder that was added is not there itself."""
    roots = [
        str(path)
        for (path,) in database.read(f"SELECT r.path FROM roots r WHERE {HELD}", file.path)  # noqa: S608 - no value in it
    ]
    found = Found(path=file.path, state=FileState.WAITING, named=file.path in roots)
    try:
        return open_found(found, text_limit=text_limit)
    except Refused as refused:
        if refused.reason == "missing" and roots and not any(_is_there(root, file.path) for root in roots):
            raise Refused(FileState.UNREADABLE, "away") from refused
        raise


def standing(database: Database, document_id: str, *, text_limit: int) -> Standing:
    """Told by size, time and inode, and by content where those differ."""
    if (file := kept(database, document_id)) is None:
        return Standing.MISSING
    try:
        opened = open_kept(database, file, text_limit=text_limit)
    except Refused as refused:
        gone = Standing.AWAY if file.away == "away" else Standing.MISSING  # an empty folder where a drive was
        known = {"missing": gone, "away": Standing.AWAY, "file_limit": Standing.CHANGED}
        return known.get(refused.reason, Standing.UNREADABLE)
    try:
        same = opened.found.file_key == file.file_key or (
            opened.found.size == file.size and opened.sha256() == file.sha256
        )
    except Refused:
        return Standing.UNREADABLE
    finally:
        opened.close()
    return Standing.SAME if same else Standing.CHANGED


def _is_there(root: str, path: str) -> bool:
    return Path(root).parent.is_dir() if root == path else Path(root).is_dir()
