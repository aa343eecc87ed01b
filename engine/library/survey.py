"""Looks at places where something may have changed: what stands there now, and what is known of them."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath

from msgspec import Struct

from engine.library.places import is_under
from engine.library.records import Record, records
from engine.library.walk import Found, LeavesOut, everywhere, shown, walk
from engine.progress import Control, Progress, Report, unreported
from engine.store.database import Database

_TOLD_EVERY = 100  # files found


class Places(Struct, frozen=True):
    """Absolute paths. `trees` are looked at to the bottom; of `folders` only what stands in them, and folders in them
    that are new."""

    trees: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.trees or self.folders)

    def __or__(self, other: "Places") -> "Places":
        return Places(self.trees | other.trees, self.folders | other.folders)


class Bounds(Struct, frozen=True):
    """What no walk goes beyond: bytes of text a file, paths that were taken out, and what patterns leave out."""

    text_limit: int
    excluded: frozenset[str]
    left_out: LeavesOut

    def walk(self, top: str, enters: Callable[[str], bool] = everywhere) -> Iterator[Found]:
        return walk(top, text_limit=self.text_limit, excluded=self.excluded, left_out=self.left_out, enters=enters)

    def leaves(self, folder: str, root: str) -> bool:
        """Whether a folder of this root was taken out, or is left out, itself or with what it stands in."""
        taken = any(is_under(folder, out) and is_under(out, root) for out in self.excluded)
        return taken or self.left_out(folder, folder=True)


class Survey(Struct, frozen=True):
    """What was found, each path once, and the records it is to be held against."""

    found: list[Found]
    known: list[Record]


def survey_trees(
    database: Database, tops: Sequence[str], bounds: Bounds, control: Control, report: Report = unreported
) -> Survey:
    """Of whole trees, whether the library holds them or not. `report` counts what was found so far.

    Raises Interrupted once cancelled.
    """
    found: list[Found] = []
    for top in tops:
        for file in bounds.walk(top):
            if len(found) % _TOLD_EVERY == 0:
                report(Progress(len(found), 0, file.path))
            found.append(file)
            control.checkpoint()
    return _once(found, [record for top in tops for record in records(database, shown(top))])


def survey_places(database: Database, places: Places, roots: Sequence[str], bounds: Bounds, control: Control) -> Survey:
    """Of places under the roots; what no root holds, or its owner took out, is left alone.

    A place that is not there any more stands for the nearest folder above it that is, or for its root.
    """
    trees, folders = _resolved(places, roots, bounds)
    whole = survey_trees(database, sorted(trees), bounds, control)
    found, known = whole.found, whole.known
    for folder in sorted(folders):
        below = [(_first_below(folder, record.path), record) for record in records(database, folder)]
        holding = {name for name, record in below if name != record.path}
        passed: set[str] = set()

        def enters(path: str, *, holding: set[str] = holding, passed: set[str] = passed) -> bool:
            """Only folders that are new; the others are passed by."""
            if path in holding:
                passed.add(path)
            return path not in holding

        found.extend(bounds.walk(folder, enters))
        known.extend(record for name, record in below if name not in passed)
    return _once(found, known)


def root_of(path: str, roots: Sequence[str]) -> str | None:
    """The innermost root that holds `path`."""
    return max((root for root in roots if is_under(path, root)), key=len, default=None)


def _resolved(places: Places, roots: Sequence[str], bounds: Bounds) -> tuple[set[str], set[str]]:
    """The trees and folders to look at, none in another of the trees."""
    trees: set[str] = set()
    folders: set[str] = set()
    for place, deep in [*((tree, True) for tree in places.trees), *((folder, False) for folder in places.folders)]:
        root = root_of(place, roots)
        if root is None:
            trees.update(inner for inner in roots if is_under(inner, place))
        elif not bounds.leaves(place, root):
            there = place
            while there != root and not _is_folder(there):
                there = str(PurePath(there).parent)
            whole = (deep and there == place) or not _is_folder(there)
            (trees if whole else folders).add(there)
    trees = {tree for tree in trees if not any(is_under(tree, above) for above in trees - {tree})}
    return trees, {folder for folder in folders if not any(is_under(folder, tree) for tree in trees)}


def _is_folder(path: str) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 - plain text, as walks have it


def _first_below(folder: str, path: str) -> str:
    """The entry of `folder` that is `path`, or that holds it."""
    top = folder.rstrip("/") + "/"
    return top + path.removeprefix(top).split("/", 1)[0]


def _once(found: Sequence[Found], known: Sequence[Record]) -> Survey:
    by_path: dict[str, Found] = {}
    for file in found:
        by_path.setdefault(file.path, file)
    return Survey(list(by_path.values()), list({record.id: record for record in known}.values()))
