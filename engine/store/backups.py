"""Verified backups of the owner's database, the wrapped keys beside each; thinned with age, replaced by "forget"."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from engine.clock import Clock, from_rfc3339, rfc3339, system_clock
from engine.durable import flush_folder, write_atomically
from engine.errors import HearthsideError
from engine.paths import ProfilePaths
from engine.store.connection import side_files, verify
from engine.store.failures import explained
from engine.store.wrapping import same_profile

_DAY_MS = 24 * 60 * 60 * 1000
_NEWEST_KEPT = 3
_DAYS_KEPT = 7
_WEEKS_KEPT = 4
_BEFORE_MIGRATION = "-before-migration"
_SET_ASIDE = "-set-aside"


class Copies(Protocol):
    """What a backup is taken of: a Database."""

    def backup(self, target: Path) -> None: ...


class Backups:
    """The backups folder of one profile. A backup is a folder named by its time: owner.db and keys.json as they were.

    It counts as one (is listed) only after its database was read back whole.
    """

    def __init__(self, folder: Path, clock: Clock = system_clock) -> None:
        self._folder = folder
        self._profile = ProfilePaths(folder.parent)
        self._clock = clock
        self._stale = folder / ".forgetting"

    def listed(self) -> list[Path]:
        """The backups, newest first."""
        return sorted((path for path in self._folders() if not _is_set_aside(path)), key=moment, reverse=True)

    def due(self) -> bool:
        """Whether the newest backup is older than a day, or there is none."""
        backups = self.listed()
        return not backups or self._clock() - moment(backups[0]) >= _DAY_MS

    def take(self, database: Copies, *, before_migration: bool = False) -> Path:
        """A new verified backup; older ones are then thinned. Raises HearthsideError("disk_full"), leaving no part."""
        backup = self._new_folder(_BEFORE_MIGRATION if before_migration else "")
        part = self._folder / f".{backup.name}"
        try:
            with explained(backup):
                part.mkdir(mode=0o700)
                database.backup(part / self._profile.owner_db.name)
                if self._profile.keys.exists():
                    write_atomically(part / self._profile.keys.name, self._profile.keys.read_bytes())
                part.rename(backup)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        flush_folder(self._folder)
        self._destroy(set(self.listed()) - worth_keeping(self.listed()))
        return backup

    def distrust(self) -> None:
        """Note for good that the backups hold what is about to be forgotten, until `replace_all` has been through."""
        with explained(self._stale):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(self._stale, b"")

    @property
    def distrusted(self) -> bool:
        return self._stale.exists()

    def replace_all(self, database: Copies) -> Path:
        """One fresh verified backup instead of all there were, files set aside included: what was forgotten is gone."""
        fresh = self.take(database)
        self._destroy(path for path in self._folder.iterdir() if path not in {fresh, self._stale})
        self._stale.unlink(missing_ok=True)  # last: killed before this, it is all done again
        flush_folder(self._folder)
        return fresh

    def restore(self, backup: Path, key: bytes) -> None:
        """Put `backup` in the place of the (closed) owner database; `key` is that database's.

        What stood there is set aside in the backups folder, not deleted. The profile's keys.json is replaced only when
        it is missing or belongs to another data key. Raises, changing nothing, KeyProblem("key_wrong"),
        HearthsideError("database_damaged") or ("disk_full").
        """
        source, target = backup / self._profile.owner_db.name, self._profile.owner_db
        verify(source, key)
        restored = target.with_name(f".{target.name}.restored")
        with explained(target):
            _copy_durably(source, restored)
            self._set_aside(target, *side_files(target))
            restored.replace(target)
            beside = backup / self._profile.keys.name
            if beside.exists() and not same_profile(self._profile.keys, beside):
                self._set_aside(self._profile.keys)
                self.restore_keys(backup)
        flush_folder(target.parent)

    def restore_keys(self, backup: Path) -> None:
        """Put the keys.json beside `backup` into the profile, for one that lost its own; refuses to replace a file."""
        if self._profile.keys.exists():
            raise HearthsideError("keys_present", path=str(self._profile.keys))
        write_atomically(self._profile.keys, (backup / self._profile.keys.name).read_bytes())

    def refresh_keys(self) -> None:
        """Give every backup of this data key the profile's keys.json, so that a lock taken off opens none of them."""
        for backup in self._folders():
            copy = backup / self._profile.keys.name
            if same_profile(self._profile.keys, copy):
                write_atomically(copy, self._profile.keys.read_bytes())

    def _folders(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return [path for path in self._folder.iterdir() if path.is_dir() and not path.name.startswith(".")]

    def _new_folder(self, kind: str) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        now = self._clock()
        while (folder := self._folder / f"{_stamp(now)}{kind}").exists():
            now += 1
        return folder

    def _set_aside(self, *files: Path) -> None:
        present = [file for file in files if file.exists()]
        if present:
            folder = self._new_folder(_SET_ASIDE)
            folder.mkdir(mode=0o700)
            for file in present:
                file.rename(folder / file.name)

    def _destroy(self, paths: Iterable[Path]) -> None:
        for path in list(paths):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        flush_folder(self._folder)


def moment(backup: Path) -> int:
    """When a backup was taken, in UTC milliseconds, by its name."""
    return from_rfc3339(backup.name.removesuffix(_BEFORE_MIGRATION).removesuffix(_SET_ASIDE))


def worth_keeping(backups: Iterable[Path]) -> set[Path]:
    """The newest three, the newest of each of the last seven days and four weeks that have any, and the newest one
    taken before a migration."""
    newest_first = sorted(backups, key=moment, reverse=True)
    keep = set(newest_first[:_NEWEST_KEPT])
    keep.update([backup for backup in newest_first if backup.name.endswith(_BEFORE_MIGRATION)][:1])
    for span, count in ((_DAY_MS, _DAYS_KEPT), (7 * _DAY_MS, _WEEKS_KEPT)):
        newest_of: dict[int, Path] = {}
        for backup in newest_first:
            newest_of.setdefault(moment(backup) // span, backup)
        keep.update(list(newest_of.values())[:count])
    return keep


def _stamp(milliseconds: int) -> str:
    return rfc3339(milliseconds).replace("-", "").replace(":", "")


def _copy_durably(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with (
        source.open("rb") as reading,
        os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as copy,
    ):
        shutil.copyfileobj(reading, copy)
        copy.flush()
        os.fsync(copy.fileno())


def _is_set_aside(folder: Path) -> bool:
    return folder.name.endswith(_SET_ASIDE)
