"""Collections: sets of folders and files under a name, which questions and searches may be limited to.

They stand in owner.db, for only their owner knows them. What they hold is told by path, so that a new file in a folder
belongs at once; a document may be in many.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from engine.clock import Clock
from engine.errors import InputRefused
from engine.ids import new_id
from engine.library.hidden_text import visible
from engine.library.places import is_under, went_to
from engine.library.records import UNDER
from engine.library.rows import as_json
from engine.library.scope import count_at
from engine.library.values import Collection
from engine.store.database import Database
from engine.store.unstored import Rows

NAME_CHARACTERS: Final = 60


class Collections:
    """Thread-safe. Names differ by more than case."""

    def __init__(self, owner: Rows, library: Database, clock: Clock) -> None:
        self._owner = owner
        self._library = library
        self._clock = clock

    def all(self) -> list[Collection]:
        """By name."""
        rows = self._owner.read("SELECT id, name FROM library_collections")
        made = [self._collection(row, name) for row, name in rows]
        return sorted(made, key=lambda one: (one.name.casefold(), one.id))

    def get(self, which: str) -> Collection:
        """By id, or by name in any case. Raises InputRefused("collection_absent")."""
        for row, name in self._owner.read("SELECT id, name FROM library_collections"):
            if row == which or name.casefold() == _spaced(which).casefold():
                return self._collection(row, name)
        raise InputRefused("collection_absent", name=which)

    def names(self) -> dict[str, str]:
        """By id."""
        return dict(self._owner.read("SELECT id, name FROM library_collections"))

    def places(self, ids: Sequence[str]) -> list[str]:
        """The folders and files of all these; of one that is gone, none."""
        rows = self._owner.read(
            "SELECT DISTINCT path FROM library_collection_places WHERE collection IN (SELECT value FROM json_each(?))"
            " ORDER BY path",
            as_json(ids),
        )
        return [path for (path,) in rows]

    def new(self, name: str, places: Sequence[str] = ()) -> Collection:
        """Raises InputRefused("collection_unnamed"), ("collection_name_taken") or ("collection_place_outside")."""
        made, now = new_id(), self._clock()
        name = self._accepted(name, made)
        self._require_held(places)
        with self._owner.write() as connection:
            connection.execute(
                "INSERT INTO library_collections (id, name, created_ms) VALUES (?, ?, ?)", (made, name, now)
            )
            connection.executemany(_PUT, ((made, path) for path in places))
        return self.get(made)

    def change(self, collection_id: str, name: str, places: Sequence[str]) -> Collection:
        """Give it this name and exactly these places. Errors as of `new` and `get`."""
        before = self.get(collection_id)
        name = self._accepted(name, before.id)
        self._require_held([path for path in places if path not in before.places])
        with self._owner.write() as connection:
            connection.execute("UPDATE library_collections SET name = ? WHERE id = ?", (name, before.id))
            connection.execute("DELETE FROM library_collection_places WHERE collection = ?", (before.id,))
            connection.executemany(_PUT, ((before.id, path) for path in places))
        return self.get(before.id)

    def put(self, collection_id: str, places: Sequence[str]) -> Collection:
        """Have it hold these too."""
        now = self.get(collection_id)
        return self.change(now.id, now.name, list(dict.fromkeys([*now.places, *places])))

    def take(self, collection_id: str, places: Sequence[str]) -> Collection:
        """Take these out of it. Raises InputRefused("collection_place_absent")."""
        now = self.get(collection_id)
        for path in places:
            if path not in now.places:
                raise InputRefused("collection_place_absent", name=now.name, path=path)
        return self.change(now.id, now.name, [path for path in now.places if path not in places])

    def delete(self, collection_id: str) -> None:
        """The documents stay."""
        gone = self.get(collection_id)

        def delete() -> None:
            with self._owner.write() as connection:
                connection.execute("DELETE FROM library_collections WHERE id = ?", (gone.id,))

        self._owner.freeing(delete)

    def leave(self, path: str) -> None:
        """Nothing at or under `path` is in any, now that it was taken out of the library."""
        with self._owner.write() as connection:
            connection.execute(f"DELETE FROM library_collection_places WHERE {UNDER.format('?1', 'path')}", (path,))  # noqa: S608 - no value in it

    def follow(self, moves: Mapping[str, str]) -> None:
        """Documents are at other paths (old: new): a file goes with its own, a folder where all of its went. Where more
        than what was in it stands there, what was in it is put in by itself."""
        if not moves:
            return
        for (place,) in self._owner.read("SELECT DISTINCT path FROM library_collection_places"):
            went = went_to(place, moves)
            if went is None or count_at(self._library, [place]):
                continue
            single = [new for old, new in moves.items() if is_under(old, place)]
            now = [went] if count_at(self._library, [went]) <= len(single) else single
            with self._owner.write() as connection:
                connection.executemany(
                    "INSERT OR IGNORE INTO library_collection_places (collection, path)"
                    " SELECT collection, ?1 FROM library_collection_places WHERE path = ?2",
                    ((path, place) for path in now),
                )
                connection.execute("DELETE FROM library_collection_places WHERE path = ?", (place,))

    def _collection(self, collection_id: str, name: str) -> Collection:
        places = self.places([collection_id])
        return Collection(id=collection_id, name=name, places=tuple(places), files=count_at(self._library, places))

    def _accepted(self, name: str, collection_id: str) -> str:
        name = _spaced(name)[:NAME_CHARACTERS].strip()
        if not name:
            raise InputRefused("collection_unnamed")
        others = (other for row, other in self.names().items() if row != collection_id)
        if name.casefold() in {other.casefold() for other in others}:
            raise InputRefused("collection_name_taken", name=name)
        return name

    def _require_held(self, places: Sequence[str]) -> None:
        for path in places:
            held = self._library.one(
                f"SELECT 1 FROM roots r WHERE {UNDER.format('r.path', '?1')} OR {UNDER.format('?1', 'r.path')}",  # noqa: S608 - no value in it
                path,
            )
            if held is None:
                raise InputRefused("collection_place_outside", path=path)


_PUT: Final = "INSERT OR IGNORE INTO library_collection_places (collection, path) VALUES (?, ?)"


def _spaced(name: str) -> str:
    return " ".join(visible(name).split())
