"""The tables of memory in owner.db."""

import apsw

from engine.store.migrations import Migration


def _entries(connection: apsw.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE memory_entry (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('preference', 'correction')),
            text TEXT NOT NULL,
            question TEXT NOT NULL,
            feedback_id TEXT,
            created_ms INTEGER NOT NULL,
            edited_ms INTEGER
        ) STRICT;
        CREATE INDEX memory_entry_feedback ON memory_entry (feedback_id);
        CREATE TABLE memory_vector (
            entry_id TEXT NOT NULL REFERENCES memory_entry (id) ON DELETE CASCADE,
            embedder TEXT NOT NULL,
            vector BLOB NOT NULL,
            PRIMARY KEY (entry_id, embedder)
        ) STRICT, WITHOUT ROWID;
        """
    )


MIGRATIONS = [Migration("memory_entries", _entries)]
