"""The folders and files the owner added, and what they took out of them again."""

from pathlib import Path

from engine.clock import Clock
from engine.library.records import HELD, UNDER
from engine.library.values import Root
from engine.store.database import Database


class Roots:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def all(self) -> list[Root]:
        rows = self._database.read(
            "SELECT r.path, count(DISTINCT d.id), count(c.id), r.may_teach FROM roots r"
            " LEFT JOIN members m ON m.root = r.id LEFT JOIN documents d ON d.id = m.document AND d.state = 'indexed'"
            " LEFT JOIN chunks c ON c.document = d.id GROUP BY r.id ORDER BY r.path"
        )
        return [Root(path=row[0], files=row[1], chunks=row[2], may_teach=bool(row[3])) for row in rows]

    def excluded(self) -> frozenset[str]:
        return frozenset(path for (path,) in self._database.read("SELECT path FROM excluded"))

    def add(self, path: str, *, may_teach: bool) -> None:
        """Keep `path` as a root, unless nothing is there or a root with the same wish holds it already."""
        with self._database.write() as connection:
            connection.execute(
                f"DELETE FROM excluded WHERE {UNDER.format('?1', 'path')}",  # noqa: S608 - no value in it
                (path,),
            )
            held = connection.execute(
                f"SELECT 1 FROM roots r WHERE r.path <> ?1 AND r.may_teach = ?2 AND {HELD}",  # noqa: S608 - no value in it
                (path, may_teach),
            ).fetchone()
            if held is not None or not Path(path).exists():
                return
            connection.execute(
                "INSERT INTO roots (path, may_teach, added_ms) VALUES (?, ?, ?)"
                " ON CONFLICT (path) DO UPDATE SET may_teach = excluded.may_teach",
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
