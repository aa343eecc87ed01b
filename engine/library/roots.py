"""The folders and files the owner added, and what they took out of them again.

They stand in library.db beside what was read of them, and once more in owner.db: library.db may be lost and made again,
but only its owner knows what to make it of.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.clock import Clock
from engine.library.patterns import LeftOut
from engine.library.places import is_under, went_to
from engine.library.records import HELD, UNDER
from engine.library.rows import as_json
from engine.library.values import Root
from engine.store.database import Database

_Roots = list[tuple[str, int, int, str | None]]
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
            "SELECT r.path, count(DISTINCT d.id), count(c.id), r.may_teach, r.patterns,"
            " count(DISTINCT iif(d.away <> '', d.id, NULL)) FROM roots r"
            " LEFT JOIN members m ON m.root = r.id LEFT JOIN documents d ON d.id = m.document AND d.state = 'indexed'"
            " LEFT JOIN chunks c ON c.document = d.id GROUP BY r.id ORDER BY r.path"
        )
        return [
            Root(path=path, files=files, chunks=chunks, may_teach=bool(may_teach), patterns=patterns or "", away=away)
            for path, files, chunks, may_teach, patterns, away in rows
        ]

    def excluded(self) -> frozenset[str]:
        return frozenset(path for (path,) in self._database.read("SELECT path FROM excluded"))

    def patterns(self) -> dict[str, str]:
        """Of the roots that have a wish of their own, a pattern a line."""
        return dict[str, str](self._database.read("SELECT path, patterns FROM roots WHERE patterns IS NOT NULL"))

    def left_out(self, tops: Sequence[str] = (), patterns: str | None = None) -> LeftOut:
        """What is left out by the patterns of all roots, as if `tops` had been added with `patterns`."""
        kept = self.patterns()
        left_out = LeftOut(kept)
        wishes = {top: _wish(top, patterns, kept, left_out) for top in tops}
        new = {top: wish for top, wish in wishes.items() if wish is not None}
        return LeftOut({**kept, **new}) if new else left_out

    def add(self, path: str, *, may_teach: bool | None = None, patterns: str | None = None) -> None:
        """Keep `path` as a root, unless nothing is there or a root with the same wishes holds it already.

        Without wishes of its own a root that is there keeps its, and a new one may teach and leaves nothing out.
        """
        self._add(path, may_teach=may_teach, patterns=patterns)
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

    def follow(self, moves: Mapping[str, str]) -> None:
        """Documents are at other paths (old: new): what was kept from teaching stays so wherever it went."""
        barred = [path for (path,) in self._database.read("SELECT path FROM roots WHERE NOT may_teach")]
        for place in barred if moves else ():
            went = went_to(place, moves)
            if went is not None and not Path(place).exists():
                self._add(went, may_teach=False)
                with self._database.write() as connection:
                    connection.execute("DELETE FROM roots WHERE path = ?", (place,))
                continue
            for old, new in moves.items():
                if is_under(old, place) and not is_under(new, place):
                    self._add(new, may_teach=False)
        self._keep()

    def has(self, path: str) -> bool:
        """Whether a root stands at or under `path`, or one above it holds what is there."""
        within = f"SELECT 1 FROM roots r WHERE {UNDER.format('?1', 'r.path')}"  # noqa: S608 - no value in it
        above = f"SELECT 1 FROM roots r WHERE {HELD}"  # noqa: S608 - no value in it
        database = self._database
        return database.one(within, path) is not None or (Path(path).exists() and database.one(above, path) is not None)

    def _is_within_a_root(self, path: str) -> bool:
        above = f"SELECT 1 FROM roots r WHERE r.path <> ?1 AND {UNDER.format('r.path', '?1')}"  # noqa: S608 - no value in it
        return self._database.one(above, path) is not None

    def _add(self, path: str, *, may_teach: bool | None, patterns: str | None = None) -> None:
        kept = self.patterns()
        wish = _wish(path, patterns, kept, LeftOut(kept))
        with self._database.write() as connection:
            connection.execute(
                f"DELETE FROM excluded WHERE {UNDER.format('?1', 'path')}",  # noqa: S608 - no value in it
                (path,),
            )
            held = connection.execute(
                f"SELECT 1 FROM roots r WHERE r.path <> ?1 AND r.may_teach = coalesce(?2, r.may_teach) AND {HELD}",  # noqa: S608 - no value in it
                (path, may_teach),
            ).fetchone()
            if (held is not None and wish is None) or not Path(path).exists():
                return
            connection.execute(
                "INSERT INTO roots (path, may_teach, added_ms, patterns) VALUES (?1, coalesce(?2, 1), ?3, ?4)"
                " ON CONFLICT (path) DO UPDATE SET may_teach = coalesce(?2, may_teach),"
                " patterns = coalesce(?4, patterns)",
                (path, may_teach, self._clock(), wish),
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


def _wish(path: str, patterns: str | None, kept: Mapping[str, str], left_out: LeftOut) -> str | None:
    """What a root at `path` says of its own about what is left out; None leaves that to the root above it.

    No patterns are no wish, but where they take the place of others or a root above would leave out what was named.
    """
    if patterns or (patterns is not None and path in kept) or (path not in kept and left_out.names(path)):
        return patterns or ""
    return None


def _held_in(database: Database, prefix: str = "") -> tuple[_Roots, _Excluded]:
    found = database.read(f"SELECT path, may_teach, added_ms, patterns FROM {prefix}roots ORDER BY path")  # noqa: S608 - our own names
    left_out = database.read(f"SELECT path FROM {prefix}excluded ORDER BY path")  # noqa: S608 - our own names
    return [(path, teach, added, patterns) for path, teach, added, patterns in found], [(path,) for (path,) in left_out]


def _put(database: Database, roots: _Roots, excluded: _Excluded, *, prefix: str = "") -> None:
    with database.write() as connection:
        connection.execute(f"DELETE FROM {prefix}roots; DELETE FROM {prefix}excluded")  # noqa: S608 - our own names
        connection.executemany(
            f"INSERT INTO {prefix}roots (path, may_teach, added_ms, patterns) VALUES (?, ?, ?, ?)",  # noqa: S608 - as above
            roots,
        )
        connection.executemany(f"INSERT INTO {prefix}excluded (path) VALUES (?)", excluded)  # noqa: S608 - as above
