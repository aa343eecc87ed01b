"""Vectors by nearness: one bit a dimension in memory finds candidates, their floats on disk put them in order.

The bits are the signs of a vector's numbers (Charikar, STOC 2002). First those whose bits differ least from the
question's, then of these the ones whose bits agree best with its numbers, and only those are read and compared exactly:
reading is what costs. On real text one chunk in 33, then one in 200, find .99 of the exact ten best, and twice as many
reads without the step between find .98.
"""

import threading
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.library.embed import Embedder, Vectors
from engine.store.database import Database

Codes = NDArray[np.uint64]
Ids = NDArray[np.int64]

FEWEST_READ: Final = 300
_READ_ONE_IN: Final = 200
_ALL_OF: Final = 3_000  # chunks; so many are compared exactly
_LOOKED_AT: Final = 6  # candidates by bits alone for each that is read


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
        rows = database.read(
            "SELECT codes.chunk, code, document FROM codes JOIN chunks ON chunks.id = codes.chunk"
            " WHERE embedder = ? ORDER BY codes.chunk",
            self.embedder,
        )
        self._ids = np.array([chunk for chunk, _, _ in rows], np.int64)
        self._documents = np.array([document for _, _, document in rows], np.int64)
        self._codes = np.frombuffer(b"".join(code for _, code, _ in rows), np.uint64).reshape(len(rows), self._words)
        self._used = len(rows)

    def __len__(self) -> int:
        return self._used

    @property
    def _words(self) -> int:
        return -(-self._dimension // 64)

    def replace(self, removed: Sequence[int], ids: Sequence[int], codes: Codes, document: int = 0) -> None:
        """Take chunks out and put those of one document in. A search in progress goes on with what it began with."""
        with self._lock:
            if removed:
                stays = ~np.isin(self._ids[: self._used], np.array(removed, np.int64))
                self._ids, self._documents = self._ids[: self._used][stays], self._documents[: self._used][stays]
                self._codes = self._codes[: self._used][stays]
                self._used = len(self._ids)
            if len(ids):
                self._grow(self._used + len(ids))
                fresh = slice(self._used, self._used + len(ids))
                self._ids[fresh], self._documents[fresh], self._codes[fresh] = ids, document, codes
                self._used += len(ids)

    def of_documents(self, documents: Ids) -> Ids:
        """The chunks of these documents, in no order."""
        with self._lock:
            ids, held = self._ids[: self._used], self._documents[: self._used]
        found: Ids = ids[np.isin(held, documents)]
        return found

    def candidates(self, question: Vectors, within: Ids | None = None, least: int = FEWEST_READ) -> list[int]:
        """Chunks that are probably the nearest, `least` of them or more, in no order; of the documents `within` alone,
        where it is given. Where those have few chunks it is all of them, so that the nearest are surely among them."""
        with self._lock:
            ids, documents, codes = self._ids[: self._used], self._documents[: self._used], self._codes[: self._used]
        if within is not None:
            allowed = np.flatnonzero(np.isin(documents, within))
            ids = ids[allowed]
            if len(ids) <= _ALL_OF:
                return [int(chunk) for chunk in ids]
            codes = codes[allowed]
        wanted = max(least, len(ids) // _READ_ONE_IN)
        near = _smallest(_bits_apart(codes, codes_of(question[None])[0]), wanted * _LOOKED_AT)
        signs = np.unpackbits(codes[near].view(np.uint8), axis=1, count=self._dimension)
        nearest = near[_smallest(-_products(signs.astype(np.float32), question), wanted)]
        return [int(chunk) for chunk in ids[nearest]]

    def similarities(self, question: Vectors, chunks: Sequence[int]) -> dict[int, float]:
        """Cosine of the question with each of these chunks that still stand."""
        rows = self._database.read(
            "SELECT v.chunk, v.vector FROM json_each(?) wanted JOIN vectors v ON v.chunk = wanted.value"
            " WHERE v.embedder = ?",
            msgspec.json.encode(sorted(chunks)).decode(),
            self.embedder,
        )
        floats = np.frombuffer(b"".join(vector for _, vector in rows), np.float32).reshape(-1, self._dimension)
        return dict(zip((chunk for chunk, _ in rows), _products(floats, question).tolist(), strict=True))

    def _grow(self, least: int) -> None:
        """New arrays, twice as long: whoever reads the old ones keeps them."""
        if least <= len(self._ids):
            return
        room = max(least, 2 * len(self._ids), 1024)
        grown = (np.empty(room, np.int64), np.empty(room, np.int64), np.empty((room, self._words), np.uint64))
        for new, old in zip(grown, (self._ids, self._documents, self._codes), strict=True):
            new[: self._used] = old[: self._used]
        self._ids, self._documents, self._codes = grown


def _bits_apart(codes: Codes, code: Codes) -> NDArray[np.uint16]:
    """How many bits of each code differ."""
    apart = np.zeros(len(codes), np.uint16)
    for word, bits in enumerate(code):
        apart += np.bitwise_count(codes[:, word] ^ bits)
    return apart


def _products(rows: Vectors, question: Vectors) -> Vectors:
    """rows @ question without BLAS, whose threads cost more than so little work and are slow beside other work."""
    products: Vectors = np.einsum("ij,j->i", rows, question)
    return products


def _smallest(values: NDArray[Any], wanted: int) -> NDArray[np.intp]:
    """Places of the `wanted` smallest, in no order."""
    return np.argpartition(values, wanted)[:wanted] if wanted < len(values) else np.arange(len(values))


def _embedder_row(database: Database, embedder: Embedder) -> int:
    with database.write() as connection:
        connection.execute(
            "INSERT INTO embedders (name, dimension) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
            (embedder.name, embedder.dimension),
        )
        row = connection.execute("SELECT id FROM embedders WHERE name = ?", (embedder.name,)).fetchone()
    assert row is not None
    return int(row[0])
