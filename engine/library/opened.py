"""Opening a file that may have become something else since it was seen: never a link, never a pipe that waits."""

import hashlib
import os
import stat

from engine.library.loaders.choose import size_limit
from engine.library.loaders.contract import Refused
from engine.library.values import FileState
from engine.library.walk import Found, why_unreadable

_PIECE = 1 << 20


class Opened:
    """A regular file, open for reading at `descriptor`; `found` is as it was when opened."""

    def __init__(self, found: Found, descriptor: int) -> None:
        self.found = found
        self.descriptor = descriptor

    def sha256(self) -> bytes:
        """Of the bytes it holds now. Raises Refused."""
        seen = hashlib.sha256()
        place = 0
        try:
            while data := os.pread(self.descriptor, _PIECE, place):
                seen.update(data)
                place += len(data)
        except OSError as error:
            raise Refused(FileState.UNREADABLE, "read_error") from error
        return seen.digest()

    def changed(self) -> bool:
        """Whether it was written to since it was opened."""
        return self.found.as_now(os.fstat(self.descriptor)).file_key != self.found.file_key

    def close(self) -> None:
        os.close(self.descriptor)


def open_found(found: Found, *, text_limit: int) -> Opened:
    """Raises Refused when it is gone, denied, no file any more or grown too large."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(found.path, flags | (0 if found.named else getattr(os, "O_NOFOLLOW", 0)))
    except (OSError, ValueError) as error:
        raise Refused(FileState.UNREADABLE, why_unreadable(error)) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise Refused(FileState.UNSUPPORTED, "not_a_file")
    if status.st_size > size_limit(found.suffix, text_limit):
        os.close(descriptor)
        raise Refused(FileState.TOO_LARGE, "file_limit")
    return Opened(found.as_now(status), descriptor)
