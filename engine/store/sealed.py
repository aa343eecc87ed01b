"""A folder of encrypted files, for what is too large for a database row: adapters and training checkpoints."""

import re
from pathlib import Path

from engine.durable import flush_folder, write_atomically
from engine.errors import HearthsideError
from engine.store.failures import explained
from engine.store.keys import DataKey

_NAME = re.compile(r"[0-9a-z-]+")


class SealedFolder:
    """Bytes by name; each file is whole or not there, and opens only under its own name.

    Names are lower-case letters, digits and hyphens (ids are); anything else is a ValueError.
    """

    def __init__(self, folder: Path, key: DataKey) -> None:
        self._folder = folder
        self._key = key

    def write(self, name: str, data: bytes) -> None:
        """Keep `data` as `name`, replacing what was there. Raises HearthsideError("disk_full")."""
        path = self._path(name)
        with explained(path):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(path, self._key.seal(data, self._purpose(name)))

    def read(self, name: str) -> bytes:
        """Raises HearthsideError("sealed_absent") or ("sealed_damaged")."""
        try:
            sealed = self._path(name).read_bytes()
        except FileNotFoundError as error:
            raise HearthsideError("sealed_absent", name=name) from error
        return self._key.open(sealed, self._purpose(name))

    def delete(self, name: str) -> None:
        """Remove `name`; one that is not there is no error."""
        path = self._path(name)
        if path.exists():
            path.unlink()
            flush_folder(self._folder)

    def names(self) -> list[str]:
        """The names kept, in order."""
        if not self._folder.is_dir():
            return []
        return sorted(path.name for path in self._folder.iterdir() if _NAME.fullmatch(path.name))

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(name)
        return self._folder / name

    def _purpose(self, name: str) -> str:
        return f"{self._folder.name}/{name}"
