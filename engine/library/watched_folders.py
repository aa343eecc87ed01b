"""Which folders are watched for the sake of the roots, and where an event among them says to look."""

import os
import stat
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from engine.library.places import is_under
from engine.library.survey import root_of
from engine.library.walk import LeavesOut, nothing, shown

RECURSIVE: Final = not sys.platform.startswith("linux")
"""Whether the system watches a whole tree at once."""

Event = tuple[int, str]


class WatchedFolders:
    """`watched` holds what to register; a root that is a file is seen through the folder it stands in."""

    def __init__(self, roots: Sequence[str], excluded: Collection[str], left_out: LeavesOut = nothing) -> None:
        self._roots = roots
        self._excluded = frozenset(excluded)
        self._left_out = left_out
        self.watched: list[str] = []
        self._known: frozenset[str] = frozenset()

    def list(self) -> set[str]:
        """Look for all folders anew; those that were not there the last time."""
        found = dict.fromkeys(folder for root in self._roots for folder in self._of(root))
        fresh = found.keys() - self._known if self._known else set()
        self.watched, self._known = [*found], frozenset(found)
        return {folder for folder in fresh if root_of(folder, self._roots) is not None}

    def places(self, events: Iterable[Event]) -> tuple[set[str], set[str]]:
        """The trees and the folders in which something may have changed."""
        trees: set[str] = set()
        folders: set[str] = set()
        for _, path in events:
            if path in self._roots:
                trees.add(path)
            if (root := root_of(path, self._roots)) is None or self._is_left_out(path, root) or path == root:
                continue
            if path in self._known or _is_folder(path):
                trees.add(path)
            folders.add(os.path.dirname(path))  # noqa: PTH120 - plain text, as everywhere here
        return trees, folders

    def _of(self, root: str) -> Iterator[str]:
        if not _is_folder(root, follow=True):
            above = os.path.dirname(root)  # noqa: PTH120 - as above
            yield from [above] if _is_folder(above, follow=True) else []
        elif RECURSIVE:
            yield root
        else:
            yield from self._below(root)

    def _below(self, top: str) -> Iterator[str]:
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(folder) as listing:
                    below = [entry.path for entry in listing if self._is_walked(entry)]
            except OSError:
                continue  # what cannot be listed cannot be watched
            yield folder
            waiting.extend(below)

    def _is_walked(self, entry: "os.DirEntry[str]") -> bool:
        return (
            not entry.name.startswith(".")
            and entry.path not in self._excluded
            and shown(entry.name) == entry.name
            and entry.is_dir(follow_symlinks=False)
            and not self._left_out(entry.path, folder=True)
        )

    def _is_left_out(self, path: str, root: str) -> bool:
        """Whether it is hidden, or stands in something that is, or was taken out by its owner."""
        names = path.removeprefix(root.rstrip("/")).split("/")
        hidden = any(name.startswith(".") for name in names)
        taken = any(is_under(path, out) and is_under(out, root) for out in self._excluded)
        return hidden or taken or self._left_out(path)


def _is_folder(path: str, *, follow: bool = False) -> bool:
    try:
        return stat.S_ISDIR(os.stat(path, follow_symlinks=follow).st_mode)  # noqa: PTH116 - as above
    except (OSError, ValueError):
        return False
