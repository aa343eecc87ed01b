"""Domain bins as rows in owner.db: their names, and which example lies in which with the vector of its question."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

import apsw
import numpy as np
from msgspec import Struct

from engine.clock import Clock
from engine.ids import new_id
from engine.learning.statistics.clusters import centroid
from engine.library.embed import Vectors
from engine.store.database import Database

Placed = Literal["grouped", "joined", "owner"]


class Bin(Struct, frozen=True):
    """A bin's row; `name` is empty while none was given and none made."""

    id: str
    name: str
    named: bool


class Placing(Struct, frozen=True, eq=False):
    """Where an example lies, and who put it there: the last grouping, its own nearness since, or the owner.

    `vector` is None while it is not learned from: then it does not count towards its bin's centroid.
    """

    example: str
    domain: str
    placed: Placed
    vector: Vectors | None


class DomainRows:
    """`embedder` names the space the vectors are read in; those of another are as good as none."""

    def __init__(self, database: Database, clock: Clock, embedder: str) -> None:
        self.database = database
        self._clock = clock
        self._embedder = embedder

    def bins(self) -> list[Bin]:
        """Oldest first."""
        rows = self.database.read("SELECT id, name, is_named FROM domains ORDER BY created_ms, id")
        return [Bin(domain_id, name, bool(named)) for domain_id, name, named in rows]

    def placings(self) -> dict[str, Placing]:
        """By example, in the order these were given."""
        rows = self.database.read(
            "SELECT feedback_id, domain_id, placed, CASE embedder WHEN ? THEN vector END FROM domain_examples"
            " ORDER BY feedback_id",
            self._embedder,
        )
        return {
            example: Placing(example, domain_id, placed, None if vector is None else np.frombuffer(vector, "<f4"))
            for example, domain_id, placed, vector in rows
        }

    def centroids(self, placings: Iterable[Placing] | None = None) -> dict[str, Vectors]:
        """The mean direction of each bin that holds any vector: never stored, so what is forgotten leaves it."""
        vectors = defaultdict(list)
        for placing in self.placings().values() if placings is None else placings:
            if placing.vector is not None:
                vectors[placing.domain].append(placing.vector)
        return {domain: centroid(np.stack(those)) for domain, those in vectors.items()}

    def trained(self) -> set[str]:
        """Ids of the bins that adapters were trained for."""
        rows = self.database.read("SELECT DISTINCT domain_id FROM adapters WHERE destroyed_ms IS NULL")
        return {domain_id for (domain_id,) in rows if domain_id is not None}

    def add(self, connection: apsw.Connection, name: str = "") -> str:
        """A new bin's id; with a name, one its owner gave."""
        domain_id = new_id()
        connection.execute(
            "INSERT INTO domains (id, name, is_named, created_ms) VALUES (?, ?, ?, ?)",
            (domain_id, name, bool(name), self._clock()),
        )
        return domain_id

    def rename(self, connection: apsw.Connection, domain_id: str, name: str, *, named: bool) -> None:
        connection.execute("UPDATE domains SET name = ?, is_named = ? WHERE id = ?", (name, named, domain_id))

    def place(self, connection: apsw.Connection, example: str, domain_id: str, placed: Placed) -> None:
        """Put an example that is here already, or is new, into a bin; passed over when either has gone meanwhile."""
        connection.execute(
            "INSERT INTO domain_examples (feedback_id, domain_id, placed)"
            " SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM feedback WHERE id = ?1)"
            " AND EXISTS (SELECT 1 FROM domains WHERE id = ?2)"
            " ON CONFLICT DO UPDATE SET domain_id = ?2, placed = ?3",
            (example, domain_id, placed),
        )

    def keep_vectors(self, connection: apsw.Connection, vectors: Mapping[str, Vectors]) -> None:
        connection.executemany(
            "UPDATE domain_examples SET embedder = ?, vector = ? WHERE feedback_id = ?",
            [(self._embedder, np.asarray(one, "<f4").tobytes(), example) for example, one in vectors.items()],
        )

    def drop_vectors(self, connection: apsw.Connection, examples: Iterable[str]) -> None:
        """They are not learned from now, and keep their places for the day they are again."""
        connection.executemany(
            "UPDATE domain_examples SET embedder = NULL, vector = NULL WHERE feedback_id = ?",
            [(example,) for example in examples],
        )

    def sweep(self, connection: apsw.Connection) -> None:
        """Let the bins go that moving examples about has emptied."""
        connection.execute("DELETE FROM domains WHERE id NOT IN (SELECT domain_id FROM domain_examples)")

    def vacate(self, connection: apsw.Connection, domain_ids: Iterable[str]) -> None:
        """Take what is not learned from out of these bins; one that is empty then goes."""
        connection.executemany(
            "DELETE FROM domain_examples WHERE domain_id = ? AND vector IS NULL AND placed <> 'owner'",
            [(domain_id,) for domain_id in domain_ids],
        )
