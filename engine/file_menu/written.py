"""The list of what was written into the owner's folders: only what stands in it, unchanged, is ever taken away."""

import contextlib
import hashlib
from pathlib import Path

import msgspec

from engine.durable import write_atomically
from engine.file_menu.entries import Entry, menu_folder


class _List(msgspec.Struct):
    """Files by the SHA-256 of what they may hold, and the folders that were made for them, outermost first."""

    files: dict[str, list[str]] = {}
    folders: list[str] = []


class Written:
    """Kept before a file is written, so that a kill leaves nothing that the list does not name."""

    def __init__(self) -> None:
        self._path = menu_folder() / "written.json"
        self._list = _List()
        with contextlib.suppress(OSError, msgspec.DecodeError):
            self._list = msgspec.json.decode(self._path.read_bytes(), type=_List)

    @property
    def files(self) -> list[Path]:
        return [Path(name) for name in self._list.files]

    def is_ours(self, path: Path, data: bytes) -> bool:
        """Whether `data`, which `path` holds, is what was written there."""
        return _sha256(data) in self._list.files.get(str(path), [])

    def note(self, path: Path, data: bytes) -> None:
        """Say that `path` is ours if it holds `data`, and make its folder."""
        self._make_folder(path.parent)
        known = self._list.files.setdefault(str(path), [])
        if _sha256(data) not in known:
            known.append(_sha256(data))
            self._keep()

    def put(self, entry: Entry) -> None:
        self.note(entry.path, entry.data)
        write_atomically(entry.path, entry.data, mode=0o700 if entry.runs else 0o600)
        self._list.files[str(entry.path)] = [_sha256(entry.data)]

    def forget(self, path: Path) -> None:
        """`path` is gone, or no longer ours."""
        if self._list.files.pop(str(path), None) is not None:
            self._keep()

    def end(self) -> None:
        """Take away the list itself, if nothing is left in it, and every folder that was made and is empty."""
        if self._list.files:
            return
        self._path.unlink(missing_ok=True)
        for folder in reversed(self._list.folders):
            with contextlib.suppress(OSError):  # somebody's files are in it
                Path(folder).rmdir()

    def _make_folder(self, folder: Path) -> None:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        if missing:
            self._list.folders += [str(one) for one in reversed(missing) if str(one) not in self._list.folders]
            if folder != self._path.parent:
                self._keep()
            folder.mkdir(parents=True, mode=0o700)

    def _keep(self) -> None:
        self._make_folder(self._path.parent)
        write_atomically(self._path, msgspec.json.format(msgspec.json.encode(self._list)))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
