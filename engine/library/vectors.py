"""Vectors by nearness: one bit a dimension in memory finds candidates, their floats on disk put them in order.

The bits are the signs of a vector's numbers (Charikar, STOC 2002); distance is how many differ. One candidate in a
hundred, and never fewer than 500, keeps recall@10 of real text at .98 and above (tests/benchmarks/search.py).
"""

import threading
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.library.embed import Embedder, Vectors
from engine.store.database import Database

Codes = NDArray[np.uint64]

_FEWEST_CANDIDATES: Final = 500
_ONE_IN: Final = 100


def codes_of(vectors: Vectors) -> Codes:
    """(n, words) packed signs of (n, dimension) vectors; the last word is filled with zeros."""
    bits = np.packbits(vectors > 0, axis=1)
    return np.ascontiguousarray(np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8)))).view(np.uint64)


class VectorIndex:
    """The current embedder's vectors. Searching and replacing may happen on different threads."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self._database = database
        self._dimension = embedder.dimension
        self._lock = threading.Lock()
        self.embedder = _embedder_row(database, embedder)
        rows = database.read("SELECT chunk, code FROM codes WHERE embedder = ? ORDER BY chunk", self.embedder)
        self._ids = np.array([chunk for chunk, _ in rows], np.int64)
        self._codes = np.frombuffer(b"".join(code for _, code in rows), np.uint64).reshape(len(rows), self._words)
        self._used = len(rows)

    def __len__(self) -> int:
        return self._used

    @property
    def _words(self) -> int:
        return -(-self._dimension // 64)

    def replace(self, removed: Sequence[int], ids: Sequence[int], codes: Codes) -> None:
        """Take chunks out and put chunks in. A search in progress goes on with what it began with."""
        with self._lock:
            if removed:
                stays = ~np.isin(self._ids[: self._used], np.array(removed, np.int64))
                self._ids, self._codes = self._ids[: self._used][stays], self._codes[: self._used][stays]
                self._used = len(self._ids)
            if len(ids):
                self._grow(self._used + len(ids))
                self._ids[self._used : self._used + len(ids)] = ids
                self._codes[self._used : self._used + len(ids)] = codes
                self._used += len(ids)

    def candidates(self, question: Vectors) -> list[int]:
        """Chunks whose signs differ least from the question's, in no order."""
        with self._lock:
            ids, codes = self._ids[: self._used], self._codes[: self._used]
        wanted = max(_FEWEST_CANDIDATES, len(ids) // _ONE_IN)
        if len(ids) <= wanted:
            return [int(chunk) for chunk in ids]
        distance = np.zeros(len(ids), np.uint16)
        for word, bits in enumerate(codes_of(question[None])[0]):
            distance += np.bitwise_count(codes[:, word] ^ bits)
        return [int(chunk) for chunk in ids[np.argpartition(distance, wanted)[:wanted]]]

    def similarities(self, question: Vectors, chunks: Sequence[int]) -> dict[int, float]:
        """Cosine of the question with each of these chunks that still stand."""
        rows = self._database.read(
            "SELECT v.chunk, v.vector FROM json_each(?) wanted JOIN vectors v ON v.chunk = wanted.value"
            " WHERE v.embedder = ?",
            msgspec.json.encode(sorted(chunks)).decode(),
            self.embedder,
        )
        floats = np.frombuffer(b"".join(vector for _, vector in rows), np.float32).reshape(-1, self._dimension)
        return dict(zip((chunk for chunk, _ in rows), (floats @ question).tolist(), strict=True))

    def _grow(self, least: int) -> None:
        """New arrays, twice as long: whoever reads the old ones keeps them."""
        if least <= len(self._ids):
            return
        ids = np.empty(max(least, 2 * len(self._ids), 1024), np.int64)
        codes = np.empty((len(ids), self._words), np.uint64)
        ids[: self._used], codes[: self._used] = self._ids[: self._used], self._codes[: self._used]
        self._ids, self._codes = ids, codes


def _embedder_row(database: Database, embedder: Embedder) -> int:
    with database.write() as connection:
        connection.execute(
            "INSERT INTO embedders (name, dimension) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
            (embedder.name, embedder.dimension),
        )
        row = connection.execute("SELECT id FROM embedders WHERE name = ?", (embedder.name,)).fetchone()
    assert row is not None
    return int(row[0])
