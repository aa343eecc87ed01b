"""Roots and drives that come and go, which no watch tells of: seen by looking at each now and then."""

import contextlib
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from engine.library.places import is_under

_TABLE: Final = Path("/proc/self/mountinfo")  # Linux; elsewhere only the roots themselves are looked at
_REMOTE: Final = re.compile(
    r"nfs4?|cifs|smb3?|9p|afs|ceph|glusterfs|virtiofs|vboxsf|fuse\.(sshfs|rclone|gvfsd-fuse|davfs2?)"
)
"""Kinds of file systems that others may write to without this system hearing of it."""
_ESCAPED: Final = re.compile(r"\\([0-7]{3})")

_Seen = tuple[int, int, int] | None


class Mounts:
    """Looks at most every `every_s` seconds."""

    def __init__(self, roots: Sequence[str], *, every_s: float = 2.0) -> None:
        self._roots = roots
        self._every_s = every_s
        self._seen = {root: _look(root) for root in roots}
        self._mounted = _mounted()
        self._next = time.monotonic() + every_s

    def changed(self) -> set[str]:
        """Roots, and places in or above them, that are not what they were."""
        if time.monotonic() < self._next:
            return set()
        self._next = time.monotonic() + self._every_s
        seen, mounted = {root: _look(root) for root in self._roots}, _mounted()
        changed = {root for root in self._roots if seen[root] != self._seen[root]}
        moved = {place for place, _ in self._mounted ^ mounted}
        self._seen, self._mounted = seen, mounted
        return changed | {
            place for place in moved if any(is_under(place, root) or is_under(root, place) for root in self._roots)
        }


def remote(roots: Sequence[str]) -> set[str]:
    """The roots that stand on a share of another computer's, of whose changes this one is not told."""
    kinds = {place: kind for place, _, kind in _lines()}
    found = set()
    for root in roots:
        real = os.path.realpath(root)
        place = max((place for place in kinds if is_under(real, place)), key=len, default=None)
        if place is not None and _REMOTE.fullmatch(kinds[place]):
            found.add(root)
    return found


def _look(root: str) -> _Seen:
    with contextlib.suppress(OSError, ValueError):
        status = os.stat(root)  # noqa: PTH116 - plain text, as everywhere here
        return status.st_mode, status.st_dev, status.st_ino
    return None


def _mounted() -> set[tuple[str, str]]:
    """Where a drive is mounted, each with its number."""
    return {(place, device) for place, device, _ in _lines()}


def _lines() -> list[tuple[str, str, str]]:
    """Of each mount, in order: the place, the drive's number, the kind of file system (see proc(5), mountinfo)."""
    try:
        lines = _TABLE.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        mount, _, rest = line.partition(" - ")
        fields = mount.split(" ")
        if len(fields) > 4 and rest:
            found.append((_ESCAPED.sub(_character, fields[4]), fields[2], rest.split(" ", 1)[0]))
    return found


def _character(escaped: re.Match[str]) -> str:
    return chr(int(escaped[1], 8))
