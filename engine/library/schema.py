"""library.db: what is kept of the owner's documents. All of it can be made again from the files (and owner.db's roots).

Vectors stand in two ordinary tables: `vectors` holds float32 rows, `codes` one bit a dimension. The codes are read into
memory at start (48 bytes a chunk) and scanned there, and few floats are read (engine/library/vectors.py). sqlite-vec's
own table scans bits as fast but spends 151 ms on its heap where 1,000 candidates are asked of 100,000, and more are
needed for recall.

Text stands once: the chunks of a document, joined in order, are its text. The full-text index is of the external
content kind, kept in step by triggers, and drops the words of deleted rows at once.
"""

from collections.abc import Sequence
from typing import Final

import apsw

from engine.store.migrations import Migration, erase_on_delete

_FIRST = """
CREATE TABLE roots (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    may_teach INTEGER NOT NULL,
    added_ms INTEGER NOT NULL
);
CREATE TABLE excluded (path TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TABLE documents (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    sha256 BLOB,
    version INTEGER NOT NULL,
    indexed_ms INTEGER NOT NULL
);
CREATE INDEX documents_sha256 ON documents (sha256);
CREATE TABLE members (
    root INTEGER NOT NULL REFERENCES roots ON DELETE CASCADE,
    document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    PRIMARY KEY (root, document)
) WITHOUT ROWID;
CREATE INDEX members_document ON members (document);

CREATE TABLE chunks (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    start INTEGER NOT NULL,
    page INTEGER,
    digest BLOB NOT NULL,
    name TEXT NOT NULL,
    heading TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX chunks_document ON chunks (document, position);
CREATE INDEX chunks_digest ON chunks (digest);

CREATE TABLE embedders (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, dimension INTEGER NOT NULL);
CREATE TABLE vectors (
    chunk INTEGER PRIMARY KEY REFERENCES chunks ON DELETE CASCADE,
    embedder INTEGER NOT NULL REFERENCES embedders,
    vector BLOB NOT NULL
);
CREATE TABLE codes (
    chunk INTEGER PRIMARY KEY REFERENCES chunks ON DELETE CASCADE,
    embedder INTEGER NOT NULL REFERENCES embedders,
    code BLOB NOT NULL
);

CREATE TABLE cited (chunk TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE old_passages (
    uid TEXT PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    version INTEGER NOT NULL,
    start INTEGER NOT NULL,
    page INTEGER,
    text TEXT NOT NULL
);
CREATE INDEX old_passages_document ON old_passages (document);

CREATE VIRTUAL TABLE words USING fts5 (
    name, heading, text, content='chunks', content_rowid='id', tokenize='porter unicode61'
);
CREATE TRIGGER chunks_inserted AFTER INSERT ON chunks BEGIN
    INSERT INTO words (rowid, name, heading, text) VALUES (new.id, new.name, new.heading, new.text);
END;
CREATE TRIGGER chunks_deleted AFTER DELETE ON chunks BEGIN
    INSERT INTO words (words, rowid, name, heading, text) VALUES ('delete', old.id, old.name, old.heading, old.text);
END;
CREATE TRIGGER chunks_renamed AFTER UPDATE OF name ON chunks BEGIN
    INSERT INTO words (words, rowid, name, heading, text) VALUES ('delete', old.id, old.name, old.heading, old.text);
    INSERT INTO words (rowid, name, heading, text) VALUES (new.id, new.name, new.heading, new.text);
END;
"""


def _first(connection: apsw.Connection) -> None:
    connection.execute(_FIRST)
    erase_on_delete(connection, "words")


def _read_refused_anew(connection: apsw.Connection) -> None:
    """Files that were refused when fewer kinds were read look changed, and so are read at the next run."""
    connection.execute("UPDATE documents SET mtime_ns = -1, sha256 = NULL WHERE state IN ('unsupported', 'unreadable')")


def _patterns(connection: apsw.Connection) -> None:
    connection.execute(
        """
        ALTER TABLE roots ADD COLUMN patterns TEXT;
        CREATE TABLE pace (id INTEGER PRIMARY KEY CHECK (id = 1), chunks REAL NOT NULL, seconds REAL NOT NULL);
        """
    )


def _ocr(connection: apsw.Connection) -> None:
    """What was read from pictures is marked; documents that were nothing but pictures are read again."""
    connection.execute(
        """
        ALTER TABLE chunks ADD COLUMN ocr INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE old_passages ADD COLUMN ocr INTEGER NOT NULL DEFAULT 0;
        UPDATE documents SET mtime_ns = 0, sha256 = NULL WHERE reason IN ('scanned', 'picture');
        """
    )


def _places(connection: apsw.Connection) -> None:
    connection.execute(
        """
        ALTER TABLE documents ADD COLUMN device INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE documents ADD COLUMN away TEXT NOT NULL DEFAULT '';
        CREATE INDEX documents_away ON documents (away) WHERE away <> '';
        """
    )


MIGRATIONS: Final[Sequence[Migration]] = (
    Migration("2026-11-library", _first),
    Migration("2026-11-more-kinds", _read_refused_anew),
    Migration("library-2-patterns", _patterns),
    Migration("library-3-ocr", _ocr),
    Migration("2026-12-places", _places),
)


def _kept_roots(connection: apsw.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE library_roots (path TEXT PRIMARY KEY, may_teach INTEGER NOT NULL, added_ms INTEGER NOT NULL)
        STRICT, WITHOUT ROWID;
        CREATE TABLE library_excluded (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        """
    )


def _kept_patterns(connection: apsw.Connection) -> None:
    connection.execute("ALTER TABLE library_roots ADD COLUMN patterns TEXT")


def _collections(connection: apsw.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE library_collections (id TEXT PRIMARY KEY, name TEXT NOT NULL, created_ms INTEGER NOT NULL)
        STRICT, WITHOUT ROWID;
        CREATE TABLE library_collection_places (
            collection TEXT NOT NULL REFERENCES library_collections (id) ON DELETE CASCADE,
            path TEXT NOT NULL,
            PRIMARY KEY (collection, path)
        ) STRICT, WITHOUT ROWID;
        """
    )


OWNER_MIGRATIONS: Final[Sequence[Migration]] = (
    Migration("library-1-roots", _kept_roots),
    Migration("library-2-patterns", _kept_patterns),
    Migration("library-3-collections", _collections),
)
"""For owner.db: what cannot be made again from the files."""
