"""The folders and files the owner added, and what they took out of them again.

They stand in library.db beside what was read of them, and once more in owner.db: library.db may be lost and made again,
but only its owner knows what to make it of.
"""

from collections.abc import Sequence
from pathlib import Path

from engine.clock import Clock
from engine.library.records import HELD, UNDER
from engine.library.rows import as_json
from engine.library.values import Root
from engine.store.database import Database

_Roots = list[tuple[str, int, int]]
_Excluded = list[tuple[str]]
_IN_OWNER = "library_"


class Roots:
    def __init__(self, database: Database, clock: Clock, owner: Database | None = None) -> None:
        self._database = database
        self._clock = clock
        self._owner = owner
        if owner is not None and database.one("SELECT 1 FROM roots") is None:
            _put(database, *_held_in(owner, _IN_OWNER))
        self._keep()

    def all(self) -> list[Root]:
        rows = self._database.read(
            "SELECT r.path, count(DISTINCT d.id), count(c.id), r.may_teach FROM roots r"
            " LEFT JOIN members m ON m.root = r.id LEFT JOIN documents d ON d.id = m.document AND d.state = 'indexed'"
            " LEFT JOIN chunks c ON c.document = d.id GROUP BY r.id ORDER BY r.path"
        )
        return [Root(path=row[0], files=row[1], chunks=row[2], may_teach=bool(row[3])) for row in rows]

    def excluded(self) -> frozenset[str]:
        return frozenset(path for (path,) in self._database.read("SELECT path FROM excluded"))

    def add(self, path: str, *, may_teach: bool | None = None) -> None:
        """Keep `path` as a root, unless nothing is there or a root with the same wish holds it already.

        Without a wish of its own a root that is there keeps its, and a new one may teach.
        """
        self._add(path, may_teach=may_teach)
        self._keep()

    def let_teach(self, path: str, wanted: bool) -> bool:
        """Let the root at `path` teach, or keep what is at or under `path` from it. False where there is none."""
        with self._database.write() as connection:
            connection.execute("UPDATE roots SET may_teach = ? WHERE path = ?", (wanted, path))
        if not wanted and self._is_within_a_root(path):
            self._add(path, may_teach=False)
        self._keep()
        return self._database.one("SELECT 1 FROM roots WHERE path = ?", path) is not None

    def may_teach(self, chunk_ids: Sequence[str]) -> bool:
        """Whether none of these passages stands, among others, under a root that must not teach."""
        barred = self._database.one(
            "SELECT 1 FROM members m JOIN roots r ON r.id = m.root WHERE NOT r.may_teach AND m.document IN ("
            " SELECT document FROM chunks WHERE uid IN (SELECT value FROM json_each(?1)) UNION"
            " SELECT document FROM old_passages WHERE uid IN (SELECT value FROM json_each(?1)))",
            as_json(chunk_ids),
        )
        return barred is None

    def has(self, path: str) -> bool:
        """Whether a root stands at or under `path`, or one above it holds what is there."""
        within = f"SELECT 1 FROM roots r WHERE {UNDER.format('?1', 'r.path')}"  # noqa: S608 - no value in it
        above = f"SELECT 1 FROM roots r WHERE {HELD}"  # noqa: S608 - no value in it
        database = self._database
        return database.one(within, path) is not None or (Path(path).exists() and database.one(above, path) is not None)

    def _is_within_a_root(self, path: str) -> bool:
        above = f"SELECT 1 FROM roots r WHERE r.path <> ?1 AND {UNDER.format('r.path', '?1')}"  # noqa: S608 - no value in it
        return self._database.one(above, path) is not None

    def _add(self, path: str, *, may_teach: bool | None) -> None:
        with self._database.write() as connection:
            connection.execute(
                f"DELETE FROM excluded WHERE {UNDER.format('?1', 'path')}",  # noqa: S608 - no value in it
                (path,),
            )
            held = connection.execute(
                f"SELECT 1 FROM roots r WHERE r.path <> ?1 AND r.may_teach = coalesce(?2, r.may_teach) AND {HELD}",  # noqa: S608 - no value in it
                (path, may_teach),
            ).fetchone()
            if held is not None or not Path(path).exists():
                return
            connection.execute(
                "INSERT INTO roots (path, may_teach, added_ms) VALUES (?1, coalesce(?2, 1), ?3)"
                " ON CONFLICT (path) DO UPDATE SET may_teach = coalesce(?2, may_teach)",
                (path, may_teach, self._clock()),
            )
            connection.execute(
                "INSERT OR IGNORE INTO members (root, document) SELECT r.id, d.id FROM roots r JOIN documents d"  # noqa: S608 - no value in it
                f" WHERE r.path = ?1 AND {UNDER.format('?1', 'd.path')}",
                (path,),
            )

    def remove(self, path: str) -> None:
        """Let go of the roots at and under `path`; where a root above still holds it, leave it out from now on."""
        with self._database.write() as connection:
            connection.execute(f"DELETE FROM roots WHERE {UNDER.format('?1', 'path')}", (path,))  # noqa: S608 - no value in it
            connection.execute(f"DELETE FROM excluded WHERE {UNDER.format('?1', 'path')}", (path,))  # noqa: S608 - no value in it
            connection.execute(
                "INSERT INTO excluded (path) SELECT ?1 WHERE EXISTS"  # noqa: S608 - no value in it
                f" (SELECT 1 FROM roots r WHERE {UNDER.format('r.path', '?1')})",
                (path,),
            )
        self._keep()

    def _keep(self) -> None:
        """Write to owner.db what library.db holds, if it does not say so already."""
        if self._owner is None:
            return
        held = _held_in(self._database)
        if held != _held_in(self._owner, _IN_OWNER):
            _put(self._owner, *held, prefix=_IN_OWNER)


def _held_in(database: Database, prefix: str = "") -> tuple[_Roots, _Excluded]:
    found = database.read(f"SELECT path, may_teach, added_ms FROM {prefix}roots ORDER BY path")  # noqa: S608 - our own names
    left_out = database.read(f"SELECT path FROM {prefix}excluded ORDER BY path")  # noqa: S608 - our own names
    return [(path, teach, added) for path, teach, added in found], [(path,) for (path,) in left_out]


def _put(database: Database, roots: _Roots, excluded: _Excluded, *, prefix: str = "") -> None:
    with database.write() as connection:
        connection.execute(f"DELETE FROM {prefix}roots; DELETE FROM {prefix}excluded")  # noqa: S608 - our own names
        connection.executemany(f"INSERT INTO {prefix}roots (path, may_teach, added_ms) VALUES (?, ?, ?)", roots)  # noqa: S608 - as above
        connection.executemany(f"INSERT INTO {prefix}excluded (path) VALUES (?)", excluded)  # noqa: S608 - as above
