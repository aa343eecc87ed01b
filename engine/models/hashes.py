"""SHA-256 of model files, and a cheap answer to "is this still the file that was hashed?"."""

import hashlib
from pathlib import Path

import msgspec

from engine.progress import Control, Progress, Report, unreported

_BLOCK = 4 << 20


class KnownFile(msgspec.Struct, frozen=True):
    """A file as it was when it was hashed."""

    name: str
    sha256: str
    size: int
    mtime_ns: int

    def unchanged_in(self, folder: Path) -> bool:
        """Whether size and modification time are those of then. Does not read the file."""
        try:
            now = (folder / self.name).stat()
        except OSError:
            return False
        return (now.st_size, now.st_mtime_ns) == (self.size, self.mtime_ns)


def sha256_of(path: Path, report: Report = unreported, control: Control | None = None) -> str:
    """Hex SHA-256 of the file at `path`. Raises OSError, and Interrupted when cancelled."""
    digest = hashlib.sha256()
    total = path.stat().st_size
    done = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if control is not None:
                control.checkpoint()
            digest.update(block)
            done += len(block)
            report(Progress(done, total))
    return digest.hexdigest()


def known_file(path: Path, sha256: str = "") -> KnownFile:
    """Describe the file at `path`, hashing it unless its hash is given."""
    status = path.stat()
    return KnownFile(path.name, sha256 or sha256_of(path), status.st_size, status.st_mtime_ns)


def sha256_of_text(text: str) -> str:
    """Hex SHA-256 of `text` in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()
