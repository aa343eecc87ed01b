"""The SQL of one document: its row, its chunks, what stays of them when the file changes."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import apsw
import msgspec

from engine.ids import new_id
from engine.library.chunk import Chunk
from engine.library.embed import Vectors
from engine.library.records import HELD
from engine.library.values import FileState
from engine.library.vectors import Codes
from engine.library.walk import Found

_DIGEST_BYTES = 16


def embedded_text(chunk: Chunk) -> str:
    """What of a chunk is embedded: the headings it stands under, then its words."""
    return "\n".join(part for part in (chunk.heading, chunk.text.strip()) if part)


def digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest()


def as_json(values: Iterable[object]) -> str:
    """A list for json_each: SQLite takes no list as a value."""
    return msgspec.json.encode(list(values)).decode()


def wanted(connection: apsw.Connection, path: str) -> bool:
    """Whether a root holds this path and its owner has not taken it out."""
    row = connection.execute(f"SELECT EXISTS (SELECT 1 FROM roots r WHERE {HELD})", (path,)).fetchone()  # noqa: S608 - no value in it
    assert row is not None
    return bool(row[0])


def put_document(
    connection: apsw.Connection, found: Found, state: FileState, reason: str, *, sha256: bytes | None, now_ms: int
) -> tuple[int, int]:
    """Insert or renew the row of a file: its id and its version, one higher each time it was read."""
    row = connection.execute(
        "INSERT INTO documents (uid, path, state, reason, size, mtime_ns, inode, device, sha256, version, indexed_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT (path) DO UPDATE SET state = excluded.state,"
        " reason = excluded.reason, size = excluded.size, mtime_ns = excluded.mtime_ns, inode = excluded.inode,"
        " device = excluded.device, away = '',"
        " sha256 = excluded.sha256, version = version + 1, indexed_ms = excluded.indexed_ms RETURNING id, version",
        (new_id(), found.path, state, reason, found.size, found.mtime_ns, found.inode, found.device, sha256, now_ms),
    ).fetchone()
    assert row is not None
    join_roots(connection, int(row[0]), found.path)
    return int(row[0]), int(row[1])


def join_roots(connection: apsw.Connection, document: int, path: str) -> None:
    """Make the document a member of every root that holds it, and of no other."""
    connection.execute("DELETE FROM members WHERE document = ?", (document,))
    connection.execute(
        f"INSERT INTO members (root, document) SELECT r.id, ?2 FROM roots r WHERE {HELD}",  # noqa: S608 - no value in it
        (path, document),
    )


def chunk_ids(connection: apsw.Connection, documents: Sequence[int]) -> list[int]:
    rows = connection.execute(
        "SELECT c.id FROM json_each(?) d JOIN chunks c ON c.document = d.value", (as_json(documents),)
    )
    return [int(row[0]) for row in rows]


def same_chunks(connection: apsw.Connection, document: int, embedder: int, chunks: Sequence[Chunk]) -> dict[int, int]:
    """Positions in `chunks` whose very text and vector the document has already, and the rows that hold them."""
    rows = connection.execute(
        "SELECT c.id, c.digest, c.text FROM chunks c JOIN vectors v ON v.chunk = c.id"
        " WHERE c.document = ? AND v.embedder = ?",
        (document, embedder),
    )
    free: dict[tuple[bytes, str], list[int]] = {}
    for row, found, text in rows:
        free.setdefault((found, text), []).append(row)
    same: dict[int, int] = {}
    for position, chunk in enumerate(chunks):
        if rows_left := free.get((digest(embedded_text(chunk)), chunk.text)):
            same[position] = rows_left.pop()
    return same


def move_chunks(connection: apsw.Connection, version: int, chunks: Sequence[Chunk], same: dict[int, int]) -> None:
    """Give chunks that stay their places in the new version."""
    connection.executemany(
        "UPDATE chunks SET version = ?, position = ?, start = ?, page = ?, ocr = ? WHERE id = ?",
        (
            (version, position, chunks[position].start, chunks[position].page, chunks[position].ocr, row)
            for position, row in same.items()
        ),
    )


def drop_chunks(connection: apsw.Connection, chunks: Sequence[int], *, keep_cited: bool) -> None:
    """Delete these chunks; with `keep_cited`, those that an answer cites stay readable as old passages."""
    rows = as_json(chunks)
    if keep_cited:
        connection.execute(
            "INSERT INTO old_passages (uid, document, version, start, page, text, ocr)"
            " SELECT c.uid, c.document, c.version, c.start, c.page, c.text, c.ocr FROM json_each(?) d"
            " JOIN chunks c ON c.id = d.value JOIN cited ON cited.chunk = c.uid",
            (rows,),
        )
    connection.execute("DELETE FROM chunks WHERE id IN (SELECT value FROM json_each(?))", (rows,))


def insert_chunks(
    connection: apsw.Connection, document: int, version: int, path: str, chunks: Sequence[tuple[int, Chunk]]
) -> list[int]:
    """Insert (position, chunk) pairs; their rows, in order."""
    name = Path(path).stem
    return [
        int(row[0])
        for row in connection.executemany(
            "INSERT INTO chunks (uid, document, version, position, start, page, digest, heading, text, ocr, name)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            ((new_id(), document, version, position, *_columns(chunk), name) for position, chunk in chunks),
        )
    ]


def _columns(chunk: Chunk) -> tuple[object, ...]:
    return chunk.start, chunk.page, digest(embedded_text(chunk)), chunk.heading, chunk.text, chunk.ocr


def insert_vectors(
    connection: apsw.Connection, embedder: int, ids: Sequence[int], floats: Vectors, codes: Codes
) -> None:
    """The float and the bit vector of each of these chunks."""
    for table, column, vectors in (("vectors", "vector", floats), ("codes", "code", codes)):
        connection.executemany(
            f"INSERT INTO {table} (chunk, embedder, {column}) VALUES (?, ?, ?)",  # noqa: S608 - our own names
            ((chunk, embedder, row.tobytes()) for chunk, row in zip(ids, vectors, strict=True)),
        )


def drop_documents(connection: apsw.Connection, documents: Sequence[int]) -> int:
    """Delete documents with all that was kept of them; how many there were."""
    wanted_rows = as_json(documents)
    connection.execute(
        "DELETE FROM cited WHERE chunk IN ("
        "SELECT c.uid FROM json_each(?1) d JOIN chunks c ON c.document = d.value UNION ALL "
        "SELECT o.uid FROM json_each(?1) d JOIN old_passages o ON o.document = d.value)",
        (wanted_rows,),
    )
    connection.execute("DELETE FROM documents WHERE id IN (SELECT value FROM json_each(?))", (wanted_rows,))
    return connection.changes()
