"""Writes to library.db, one transaction a file: killed at any time, a file is in as it was or as it is."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct

from engine.clock import Clock
from engine.library import rows
from engine.library.chunk import Chunk
from engine.library.embed import Vectors
from engine.library.records import Record
from engine.library.values import FileState
from engine.library.vectors import VectorIndex, codes_of
from engine.library.walk import Found
from engine.store.database import Database

_NO_CODES = np.empty((0, 0), np.uint64)


class Prepared(Struct, frozen=True):
    """A document ready to be written: a vector a chunk, in order; `reason` says how its words were read."""

    found: Found
    sha256: bytes | None
    chunks: list[Chunk]
    vectors: Vectors
    reason: str = ""


class Index:
    """The one writer of documents; keeps the vectors in memory in step with the committed ones."""

    def __init__(self, database: Database, vectors: VectorIndex, clock: Clock) -> None:
        self._database = database
        self._vectors = vectors
        self._clock = clock

    def known_vectors(self, texts: Sequence[str]) -> dict[str, bytes]:
        """Vectors this embedder made before, by the text they were made of."""
        by_digest = {rows.digest(text).hex(): text for text in texts}
        found = self._database.read(
            "SELECT wanted.value, v.vector FROM json_each(?) wanted JOIN chunks c ON c.digest = unhex(wanted.value)"
            " JOIN vectors v ON v.chunk = c.id WHERE v.embedder = ? GROUP BY wanted.value",
            rows.as_json(by_digest),
            self._vectors.embedder,
        )
        return {by_digest[name]: vector for name, vector in found}

    def outdated(self) -> set[int]:
        """Documents with chunks that the current embedder has not seen."""
        found = self._database.read(
            "SELECT DISTINCT c.document FROM chunks c LEFT JOIN codes ON codes.chunk = c.id AND codes.embedder = ?"
            " WHERE codes.chunk IS NULL",
            self._vectors.embedder,
        )
        return {row[0] for row in found}

    def write(self, prepared: Prepared) -> None:
        """Make `prepared` what the library holds of its file, unless its owner removed that meanwhile."""
        found, chunks = prepared.found, prepared.chunks
        embedder = self._vectors.embedder
        with self._database.write() as connection:
            if not rows.wanted(connection, found.path):
                return
            document, version = rows.put_document(
                connection, found, FileState.INDEXED, prepared.reason, sha256=prepared.sha256, now_ms=self._clock()
            )
            same = rows.same_chunks(connection, document, embedder, chunks)
            stale = sorted(set(rows.chunk_ids(connection, [document])) - set(same.values()))
            rows.drop_chunks(connection, stale, keep_cited=True)
            rows.move_chunks(connection, version, chunks, same)
            fresh = [position for position in range(len(chunks)) if position not in same]
            ids = rows.insert_chunks(
                connection, document, version, found.path, [(position, chunks[position]) for position in fresh]
            )
            floats = prepared.vectors[fresh]
            codes = codes_of(floats)
            rows.insert_vectors(connection, embedder, ids, floats, codes)
        self._vectors.replace(stale, ids, codes, document)

    def settle(self, found: Found, state: FileState, reason: str, sha256: bytes | None = None) -> None:
        """Record a file that gives no text; what it gave before goes."""
        with self._database.write() as connection:
            if not rows.wanted(connection, found.path):
                return
            document, _ = rows.put_document(connection, found, state, reason, sha256=sha256, now_ms=self._clock())
            stale = rows.chunk_ids(connection, [document])
            rows.drop_chunks(connection, stale, keep_cited=True)
        self._vectors.replace(stale, [], _NO_CODES)

    def move(self, record: Record, found: Found) -> None:
        """The same content under another name or time: its chunks and vectors stay, unless its owner removed the
        place it went to meanwhile."""
        name = Path(found.path).stem
        stale: list[int] = []
        with self._database.write() as connection:
            if not rows.wanted(connection, found.path):
                stale = rows.chunk_ids(connection, [record.id])
                rows.drop_documents(connection, [record.id])
            connection.execute("DELETE FROM documents WHERE path = ? AND id <> ?", (found.path, record.id))
            connection.execute(
                "UPDATE documents SET path = ?, size = ?, mtime_ns = ?, inode = ?, device = ?, away = '' WHERE id = ?",
                (found.path, found.size, found.mtime_ns, found.inode, found.device, record.id),
            )
            rows.join_roots(connection, record.id, found.path)
            connection.execute("UPDATE chunks SET name = ? WHERE document = ? AND name <> ?", (name, record.id, name))
        self._vectors.replace(stale, [], _NO_CODES)

    def mark_away(self, records: Sequence[tuple[Record, str]]) -> int:
        """Keep what is known of these files, and why they cannot be reached. Returns how many that is news of."""
        fresh = [(why, record.id) for record, why in records if record.away != why]
        if not fresh:
            return 0
        with self._database.write() as connection:
            connection.executemany("UPDATE documents SET away = ? WHERE id = ?", fresh)
        return len(fresh)

    def mark_back(self, records: Sequence[tuple[Record, Found]]) -> int:
        """Let these unchanged files be there again. Returns how many were away."""
        if not records:
            return 0
        with self._database.write() as connection:
            connection.executemany(
                "UPDATE documents SET away = '', device = ? WHERE id = ?",
                ((found.device, record.id) for record, found in records),
            )
        return sum(bool(record.away) for record, _ in records)

    def delete(self, documents: Sequence[int]) -> int:
        """Remove these documents and every word of theirs. Returns how many there were."""
        if not documents:
            return 0
        with self._database.write() as connection:
            stale = rows.chunk_ids(connection, documents)
            removed = rows.drop_documents(connection, documents)
        self._vectors.replace(stale, [], _NO_CODES)
        return removed

    def cite(self, chunk_ids: Sequence[str]) -> None:
        """Keep these passages readable whatever becomes of their files, short of removal."""
        with self._database.write() as connection:
            connection.executemany("INSERT OR IGNORE INTO cited (chunk) VALUES (?)", ((uid,) for uid in chunk_ids))
