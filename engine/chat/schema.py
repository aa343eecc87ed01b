"""The tables of chat in owner.db. What documents and memory said is kept by reference only, never as text."""

import apsw

from engine.store.migrations import Migration


def _conversations(connection: apsw.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE thread (
            id TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            active_turn_id TEXT,
            incognito INTEGER NOT NULL DEFAULT 0,
            created_ms INTEGER NOT NULL,
            updated_ms INTEGER NOT NULL,
            deleted_ms INTEGER
        ) STRICT;
        CREATE TABLE turn (
            id TEXT PRIMARY KEY,
            thread_id TEXT NOT NULL REFERENCES thread (id) ON DELETE CASCADE,
            parent_id TEXT REFERENCES turn (id),
            question TEXT NOT NULL,
            answer TEXT NOT NULL DEFAULT '',
            draft TEXT NOT NULL DEFAULT '',
            finish TEXT NOT NULL DEFAULT 'cancelled' CHECK (finish IN ('stop', 'length', 'cancelled')),
            route TEXT,
            provenance TEXT,
            logprobs TEXT,
            timings TEXT,
            confidence REAL,
            rating TEXT CHECK (rating IN ('up', 'down')),
            corrected_ms INTEGER,
            created_ms INTEGER NOT NULL,
            finished_ms INTEGER
        ) STRICT;
        CREATE INDEX turn_thread ON turn (thread_id, created_ms);
        CREATE INDEX turn_parent ON turn (parent_id);
        CREATE TABLE prompt_part (
            turn_id TEXT NOT NULL REFERENCES turn (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            kind TEXT NOT NULL,
            text TEXT,
            source_id TEXT,
            number INTEGER,
            PRIMARY KEY (turn_id, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE citation (
            turn_id TEXT NOT NULL REFERENCES turn (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            chunk_id TEXT NOT NULL,
            document_id TEXT NOT NULL,
            page INTEGER,
            "start" INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            PRIMARY KEY (turn_id, number)
        ) STRICT, WITHOUT ROWID;
        """
    )


def _scopes(connection: apsw.Connection) -> None:
    connection.execute("ALTER TABLE thread ADD COLUMN scope TEXT; ALTER TABLE turn ADD COLUMN scope TEXT")


MIGRATIONS = [Migration("chat_conversations", _conversations), Migration("chat_scopes", _scopes)]
