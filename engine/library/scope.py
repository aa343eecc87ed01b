"""Which documents a scope holds, found by the index of paths, and what its limits are called."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import PurePath
from typing import Final

import numpy as np

from engine.library.rows import as_json
from engine.library.values import Scope, ScopePart
from engine.library.vectors import Ids
from engine.store.database import Database
from engine.words import say

# A folder's own documents stand between "folder" and "folder0" in the order of paths, "0" being what follows "/".
_PLACED: Final = (
    "SELECT d.id FROM json_each(?) p JOIN documents d ON d.path >= p.value AND d.path < p.value || '0'"
    " AND (d.path = p.value OR substr(d.path, length(p.value) + 1, 1) = '/') WHERE d.state = 'indexed'"
)


def documents_in(database: Database, scope: Scope, collected: Sequence[str] = ()) -> Ids:
    """Rows of the documents with text that `scope` holds; `collected` are the places of its collections."""
    told: list[tuple[str, tuple[object, ...]]] = [("d.state = 'indexed'", ())]
    if scope.places or scope.collections:
        told.append((f"d.id IN ({_PLACED})", (_bare([*scope.places, *collected]),)))
    if scope.since is not None:
        told.append(("d.mtime_ns >= ?", (_first_moment(scope.since),)))
    if scope.types:
        named = " OR ".join("lower(substr(d.path, ?)) = ?" for _ in scope.types)
        told.append((f"({named})", tuple(value for one in scope.types for value in (-len(one) - 1, f".{one}"))))
    where = " AND ".join(condition for condition, _ in told)
    values = [value for _, some in told for value in some]
    rows = database.read(f"SELECT d.id FROM documents d WHERE {where}", *values)  # noqa: S608 - no value in it
    return np.array([row for (row,) in rows], np.int64)


def count_at(database: Database, places: Sequence[str]) -> int:
    """How many documents with text stand at or under these paths."""
    row = database.one(f"SELECT count(DISTINCT id) FROM ({_PLACED})", _bare(places))  # noqa: S608 - no value in it
    assert row is not None
    return int(row[0])


def types_in(database: Database) -> dict[str, int]:
    """How many documents with text there are of each type, the most frequent first."""
    paths = database.read("SELECT path FROM documents WHERE state = 'indexed'")
    counted = Counter(PurePath(path).suffix.lower().removeprefix(".") for (path,) in paths)
    return {suffix: count for suffix, count in counted.most_common() if suffix}


def parts(scope: Scope, names: Mapping[str, str]) -> Iterator[ScopePart]:
    """The limits of `scope`; `names` are those of collections, by id."""
    for one in scope.collections:
        words = names.get(one) or say("library.scope_collection_gone")
        yield ScopePart(kind="collection", value=one, words=words)
    for path in scope.places:
        yield ScopePart(kind="place", value=path, words=PurePath(path).name or path, detail=path)
    for suffix in scope.types:
        yield ScopePart(kind="type", value=suffix, words=say("library.scope_type", type=suffix.upper()))
    if scope.since is not None:
        day = scope.since.isoformat()
        yield ScopePart(kind="since", value=day, words=say("library.scope_since", day=day))


def _bare(places: Sequence[str]) -> str:
    return as_json(place.rstrip("/") for place in places)


def _first_moment(day: date) -> int:
    """When `day` begins here, in nanoseconds."""
    return int(datetime.combine(day, time()).astimezone().timestamp()) * 1_000_000_000
