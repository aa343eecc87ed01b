"""What one running program holds of a profile: the lock that makes it the only owner, and room kept for a full disk."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self, TypeVar

from engine.errors import Busy, HearthsideError, InputRefused
from engine.paths import ProfilePaths
from engine.store.failures import explained

_MB = 1024 * 1024

Result = TypeVar("Result")


class ProfileLock:
    """Held, from when it is made, by the one process that may open the profile's databases.

    The operating system lets go when the process ends, however it ends: a lock is never stale. Making a second one
    raises Busy("profile_busy"); InputRefused("profile_absent") where no folder is.
    """

    def __init__(self, paths: ProfilePaths) -> None:
        try:
            with explained(paths.lock):
                self._file = paths.lock.open("ab")
        except (FileNotFoundError, NotADirectoryError) as error:
            raise InputRefused("profile_absent", path=str(paths.root)) from error
        try:
            _lock(self._file)
        except OSError as error:
            self._file.close()
            raise Busy("profile_busy", path=str(paths.root)) from error

    def release(self) -> None:
        """Let go; the file stays, for its name is what processes agree on. Later calls do nothing."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class Reserve:
    """A file of no use but its size: on a full disk SQLite cannot even delete, until this room is given back."""

    def __init__(self, path: Path, size: int = 32 * _MB) -> None:
        self._path = path
        self._size = size

    @property
    def held(self) -> bool:
        return self._path.exists() and self._path.stat().st_size == self._size

    def fill(self) -> bool:
        """Make the reserve if it is not held and as much again stays free; whether it is held now."""
        if self.held:
            return True
        self.release()
        if shutil.disk_usage(self._path.parent).free < 2 * self._size:
            return False
        part = self._path.with_name(f".{self._path.name}.part")
        try:
            _write_random(part, self._size)
            part.replace(self._path)
        except OSError:
            part.unlink(missing_ok=True)
            return False
        return True

    def release(self) -> bool:
        """Give the room back to the disk; whether there was any to give."""
        held = self._path.exists()
        self._path.unlink(missing_ok=True)
        return held

    def spend_on(self, work: Callable[[], Result]) -> Result:
        """Do `work`, which deletes; when the disk is too full for that, once more in the reserve's room.

        Raises HearthsideError("disk_full") when even that does not suffice.
        """
        try:
            return work()
        except HearthsideError as error:
            if error.code != "disk_full" or not self.release():
                raise
        result = work()
        self.fill()
        return result


def _write_random(path: Path, size: int) -> None:
    """Random, because a file system that compresses would keep no room for zeros."""
    with path.open("wb") as file:
        for start in range(0, size, _MB):
            file.write(os.urandom(min(_MB, size - start)))
        file.flush()
        os.fsync(file.fileno())


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
