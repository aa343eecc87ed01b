"""What a walk found, held against what is known: which files to read, which moved, which are away, which are gone.

Gone is only what is seen to be gone: its folder can be looked into, stands on the drive it stood on, and does not hold
it. All else is away, and what was read of it is kept.
"""

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import PurePath

from msgspec import Struct

from engine.library.records import Record
from engine.library.values import FileState
from engine.library.walk import Found, as_row

UNREACHABLE = frozenset({"missing", "denied", "read_error"})
"""Reasons that tell of the way to a file, and not of what is in it."""

DeviceAt = Callable[[str], int]


class Changes(Struct, frozen=True):
    """`settle` holds files whose state was seen without opening them; `away` known files that cannot be reached, and
    why; `back` those that can again, unchanged, or stand on a drive that the system now numbers otherwise; `gone` known
    files that are no longer there."""

    read: list[Found]
    settle: list[Found]
    moved: list[tuple[Record, Found]]
    away: list[tuple[Record, str]]
    back: list[tuple[Record, Found]]
    gone: list[Record]


def compare(found: Sequence[Found], known: Sequence[Record], outdated: Collection[int], device_at: DeviceAt) -> Changes:
    """`outdated` names documents that must be read again though their files did not change; `device_at` tells the drive
    that a path would stand on now, 0 where that is not known."""
    by_path = {record.path: record for record in known}
    away, gone = _unseen(found, known, by_path, device_at)
    left = _Left(away, gone, outdated)
    changes = Changes([], [], [], [], [], [])
    for file in found:
        record = by_path.get(file.path)
        if record is not None and file.reason in UNREACHABLE and record.state is FileState.INDEXED:
            if not file.folder and file.reason != "missing":
                changes.away.append((record, file.reason))
        elif file.state is not FileState.WAITING:
            if file.reason not in {"missing", "away"} and not (record and record.says(file.state, file.reason)):
                changes.settle.append(file)
        elif record is None and (before := left.take(file)) is not None:
            changes.moved.append((before, file))
        elif record is None or record.id in outdated or not record.unchanged(file):
            changes.read.append(file)
        elif record.away or record.device != file.device:
            changes.back.append((record, file))
    changes.away.extend((record, why) for record, why in away if record.id not in left.taken)
    changes.gone.extend(record for record in gone if record.id not in left.taken)
    return changes


class _Left:
    """Files that were not found where they were, to be found elsewhere by size, time and inode. One that is only away
    must also stand on the same drive still."""

    def __init__(self, away: Sequence[tuple[Record, str]], gone: Sequence[Record], outdated: Collection[int]) -> None:
        self._gone = {record.id for record in gone}
        self.taken: set[int] = set()
        somewhere = [record for record, why in away if why in {"absent", "away"} and record.device]
        self._by_file = {record.file_key: record for record in (*somewhere, *gone) if record.id not in outdated}

    def take(self, file: Found) -> Record | None:
        record = self._by_file.get(file.file_key)
        if record is None or not (record.id in self._gone or record.device == file.device):
            return None
        del self._by_file[file.file_key]
        self.taken.add(record.id)
        return record


def device_at() -> DeviceAt:
    """Asks the system for the drive of the nearest folder that is there, once for each folder."""
    known: dict[str, int] = {}

    def of(folder: str) -> int:
        if folder not in known:
            try:
                known[folder] = as_row(os.stat(folder).st_dev)  # noqa: PTH116 - as the walk does, on plain text
            except (OSError, ValueError):
                above = os.path.dirname(folder)  # noqa: PTH120 - as above
                known[folder] = of(above) if above != folder else 0
        return known[folder]

    return lambda path: of(str(PurePath(path).parent))


def _unseen(
    found: Sequence[Found], known: Sequence[Record], by_path: dict[str, Record], device_at: DeviceAt
) -> tuple[list[tuple[Record, str]], list[Record]]:
    """Known files that were not found: those that are away, with the reason, and those that are gone."""
    seen = {file.path for file in found if not file.folder and file.reason != "missing"}
    closed = {file.path.rstrip("/") + "/": file.reason for file in found if file.folder}
    renumbered = _renumbered(found, by_path)
    away: list[tuple[Record, str]] = []
    gone: list[Record] = []
    for record in known:
        if record.path in seen:
            continue
        if (why := _closed_by(record.path, closed)) is not None:
            away.append((record, why))
        elif _elsewhere(record, device_at(record.path), renumbered):
            away.append((record, "away"))
        else:
            gone.append(record)
    return away, gone


def _closed_by(path: str, closed: dict[str, str]) -> str | None:
    """Why the folder that `path` stands in, or the place of a file that was added by itself, cannot be looked into."""
    if not closed:
        return None
    if (why := closed.get(path + "/")) not in {None, "missing"}:
        return why
    why = next((why for folder, why in closed.items() if path.startswith(folder)), None)
    return "absent" if why == "missing" else why


def _elsewhere(record: Record, device: int, renumbered: Collection[tuple[int, int]]) -> bool:
    """Whether its place is another drive's now: the one it stood on was taken out, or is not connected."""
    return bool(record.device and device and device != record.device and (record.device, device) not in renumbered)


def _renumbered(found: Iterable[Found], by_path: dict[str, Record]) -> set[tuple[int, int]]:
    """Drives that have another number than before, as unchanged files on them show: numbers do not last."""
    return {
        (record.device, file.device)
        for file in found
        if (record := by_path.get(file.path)) is not None
        and record.device != file.device
        and (record.size, record.mtime_ns) == (file.size, file.mtime_ns)
    }


class SameContent:
    """Finds the record whose text a file still has, though its time or name changed."""

    def __init__(self, changes: Changes, known: Sequence[Record], outdated: Collection[int]) -> None:
        self._gone = {record.id: record for record in changes.gone}
        self._with_text = {record.path: record for record in known if record.state is FileState.INDEXED}
        self._by_path = {record.path: record for record in known if record.id not in outdated and record.lasting}
        self._by_hash = {
            record.sha256: record for record in changes.gone if record.id not in outdated and record.lasting
        }

    def of(self, found: Found, sha256: bytes) -> Record | None:
        record = self._by_path.get(found.path)
        if record is not None and record.sha256 == sha256:
            return record
        moved = self._by_hash.pop(sha256, None) if record is None else None
        if moved is not None:
            del self._gone[moved.id]
        return moved

    def text_of(self, path: str) -> Record | None:
        """The record at `path`, where text was read of it."""
        return self._with_text.get(path)

    def left(self) -> list[int]:
        """Documents that are gone and were not found under another name."""
        return list(self._gone)
