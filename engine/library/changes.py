"""What a walk found, held against what is known: which files to read, which moved, which are gone."""

from collections.abc import Collection, Sequence

from msgspec import Struct

from engine.library.records import Record
from engine.library.values import FileState
from engine.library.walk import Found


class Changes(Struct, frozen=True):
    """`settle` holds files whose state was seen without opening them; `gone` known files that are no longer there."""

    read: list[Found]
    settle: list[Found]
    moved: list[tuple[Record, Found]]
    gone: list[Record]


def compare(found: Sequence[Found], known: Sequence[Record], outdated: Collection[int]) -> Changes:
    """`outdated` names documents that must be read again though their files did not change."""
    by_path = {record.path: record for record in known}
    gone = {record.id: record for record in _gone(found, known)}
    by_file = {record.file_key: record for record in gone.values() if record.id not in outdated}
    changes = Changes([], [], [], [])
    for file in found:
        record = by_path.get(file.path)
        if file.state is not FileState.WAITING:
            if file.reason not in {"missing", "away"} and not (record and record.says(file.state, file.reason)):
                changes.settle.append(file)
        elif record is None and (before := by_file.pop(file.file_key, None)) is not None:
            del gone[before.id]
            changes.moved.append((before, file))
        elif record is None or record.id in outdated or not record.unchanged(file):
            changes.read.append(file)
    changes.gone.extend(gone.values())
    return changes


def _gone(found: Sequence[Found], known: Sequence[Record]) -> list[Record]:
    """Known files that were not found, but for those in folders that could not be looked into."""
    seen = {file.path for file in found if file.reason != "missing"}
    closed = tuple(file.path.rstrip("/") + "/" for file in found if file.folder)
    return [record for record in known if record.path not in seen and not record.path.startswith(closed)]


class SameContent:
    """Finds the record whose text a file still has, though its time or name changed."""

    def __init__(self, changes: Changes, known: Sequence[Record], outdated: Collection[int]) -> None:
        self._gone = {record.id: record for record in changes.gone}
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

    def left(self) -> list[int]:
        """Documents that are gone and were not found under another name."""
        return list(self._gone)
