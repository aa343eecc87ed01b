"""The tables of consent and of the audit trail, in owner.db."""

import apsw

from engine.store.migrations import Migration


def _consent_and_audit(connection: apsw.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE consents (
            version INTEGER PRIMARY KEY AUTOINCREMENT,
            scope TEXT NOT NULL,
            given INTEGER NOT NULL CHECK (given IN (0, 1)),
            page_version INTEGER NOT NULL,
            at_ms INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX consents_by_scope ON consents (scope, version);

        CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            action TEXT NOT NULL,
            fields TEXT NOT NULL,
            at_ms INTEGER NOT NULL
        ) STRICT;
        """
    )


def _found_names(connection: apsw.Connection) -> None:
    """Where names stand in texts that may be learned: by the hash of a text, and places only, never words."""
    connection.execute(
        """
        CREATE TABLE found_names (
            sha256 TEXT PRIMARY KEY,
            finder TEXT NOT NULL,
            spans TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
    )


def _private_words(connection: apsw.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE private_words (
            folded TEXT PRIMARY KEY,
            word TEXT NOT NULL,
            created_ms INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
    )


MIGRATIONS = (
    Migration("privacy-1-consent-and-audit", _consent_and_audit),
    Migration("privacy-2-found-names", _found_names),
    Migration("privacy-3-private-words", _private_words),
)
