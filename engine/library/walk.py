"""What stands under the paths the owner named: regular files by name, everything else by why it is not read.

Links are not followed: what they point at is indexed where it stands, and only if the owner added that place.
"""

import errno
import os
import stat
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Protocol

import msgspec

from engine.library.loaders.choose import size_limit, why_unsupported
from engine.library.values import FileState

FileKey = tuple[int, int, int]
"""Size, modification time and inode: the same three are the same file, unread since."""


class Found(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file, or what stands in its place. WAITING means worth opening; `named`, that the owner named it itself."""

    path: str
    state: FileState
    reason: str = ""
    size: int = 0
    mtime_ns: int = 0
    inode: int = 0
    device: int = 0
    named: bool = False
    folder: bool = False

    @property
    def suffix(self) -> str:
        return Path(self.path).suffix.lower()

    @property
    def file_key(self) -> FileKey:
        return self.size, self.mtime_ns, self.inode

    def as_now(self, status: os.stat_result) -> "Found":
        return msgspec.structs.replace(
            self,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            inode=as_row(status.st_ino),
            device=as_row(status.st_dev),
        )


class LeavesOut(Protocol):
    """Says of a path whether its owner leaves it out."""

    def __call__(self, path: str, *, folder: bool = False) -> bool: ...


def nothing(path: str, *, folder: bool = False) -> bool:  # noqa: ARG001 - as LeavesOut has it
    """The LeavesOut of who leaves nothing out."""
    return False


def everywhere(_folder: str) -> bool:
    return True


def walk(
    root: str,
    *,
    text_limit: int,
    excluded: Collection[str] = (),
    left_out: LeavesOut = nothing,
    enters: Callable[[str], bool] = everywhere,
) -> Iterator[Found]:
    """Everything at or under `root`, in a fixed order; hidden files and folders below it are left alone, and what was
    taken out (`excluded`) or is `left_out`, and folders that `enters` refuses."""
    try:
        status = Path(root).stat()
    except (OSError, ValueError) as error:
        reason = why_unreadable(error)
        away = reason == "missing" and not Path(root).parent.is_dir()
        yield _unreadable(root, "away" if away else reason, folder=True)
        return
    if stat.S_ISDIR(status.st_mode):

        def leaves(entry: "os.DirEntry[str]") -> bool:
            return entry.path in excluded or left_out(entry.path, folder=entry.is_dir(follow_symlinks=False))

        yield from _folder(root, text_limit, leaves, enters)
    else:
        yield msgspec.structs.replace(_file(root, status, text_limit), named=True)


def why_unreadable(error: OSError | ValueError) -> str:
    """The reason to give for what the system said."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "missing"
    if isinstance(error, PermissionError):
        return "denied"
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return "link"
    return "read_error"


def _folder(
    top: str, text_limit: int, leaves: Callable[["os.DirEntry[str]"], bool], enters: Callable[[str], bool]
) -> Iterator[Found]:
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted((entry for entry in listing if not entry.name.startswith(".")), key=_name)
        except OSError as error:
            denied = isinstance(error, PermissionError)
            yield _unreadable(folder, "folder_denied" if denied else why_unreadable(error), folder=True)
            continue
        entries = [entry for entry in entries if not leaves(entry)]
        below = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        waiting.extend(path for path in reversed(below) if enters(path))
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                yield _entry(entry, text_limit)


def _name(entry: "os.DirEntry[str]") -> str:
    return entry.name


def _entry(entry: "os.DirEntry[str]", text_limit: int) -> Found:
    try:
        if entry.is_symlink():
            return Found(path=shown(entry.path), state=FileState.UNSUPPORTED, reason="link")
        return _file(entry.path, entry.stat(follow_symlinks=False), text_limit)
    except OSError as error:
        return _unreadable(entry.path, why_unreadable(error))


def _file(path: str, status: os.stat_result, text_limit: int) -> Found:
    suffix = Path(path).suffix
    if not stat.S_ISREG(status.st_mode):
        state, reason = FileState.UNSUPPORTED, "not_a_file"
    elif shown(path) != path:
        state, reason = FileState.UNREADABLE, "name"
    elif why := why_unsupported(suffix):
        state, reason = FileState.UNSUPPORTED, why
    elif status.st_size > size_limit(suffix, text_limit):
        state, reason = FileState.TOO_LARGE, "file_limit"
    else:
        state, reason = FileState.WAITING, ""
    return Found(path=shown(path), state=state, reason=reason).as_now(status)


def as_row(number: int) -> int:
    """A system's unsigned 64 bits, in the 63 that a column holds."""
    return number & 0x7FFF_FFFF_FFFF_FFFF


def _unreadable(path: str, reason: str, *, folder: bool = False) -> Found:
    return Found(path=shown(path), state=FileState.UNREADABLE, reason=reason, folder=folder)


def shown(path: str) -> str:
    """`path` with bytes that are no UTF-8 written out: neither the database nor JSON can carry them."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
