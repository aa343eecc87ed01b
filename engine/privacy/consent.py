"""Consent as a log that only grows: what the owner agreed to, on which page of words, and when."""

import math
from typing import Final

import apsw

from engine.clock import Clock
from engine.privacy.values import ConsentRow
from engine.store.database import Database

LEARNING = "learning"
"""The scope of all learning. Within it, `chat_scope` names a single conversation's."""

_CHAT = "chat:"

PAGE_VERSION = 7
"""Of the page of plain words shown before consent (`consent_page` in learning.toml). Raise it with them, and say in
`page_news` there what is new on it."""

SIGNALS_PAGE = 4
"""The first that names what is kept of the use of an answer. Who agreed to an older one did not agree to that."""

NAMED_FROM: Final = {"side_by_side": 6, "train_unasked": 6, "try_retrieval": 7}
"""The first that names what a setting has learning keep or do. Masking more is no matter of consent, and neither is how
a training is made. Side-by-sides came while page 5 stood."""


def chat_scope(thread_id: str) -> str:
    """What is said in one conversation: learned from with the rest, unless this scope was withdrawn."""
    return f"{_CHAT}{thread_id}"


class Consent:
    """Scopes are given and withdrawn by appending; the newest row of a scope holds."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def current(self, scope: str) -> int | None:
        """The version of the consent in force for `scope`; None when it was never given, or withdrawn."""
        row = self._newest(scope)
        return None if row is None else row[0]

    def page(self, scope: str) -> int | None:
        """The version of the page on which the consent in force was given; None without one."""
        row = self._newest(scope)
        return None if row is None else row[1]

    def grants(self, scope: str) -> frozenset[int]:
        """Every version of `scope` that gave consent, in force or since withdrawn."""
        return frozenset(
            int(version)
            for (version,) in self._database.read("SELECT version FROM consents WHERE scope = ? AND given = 1", scope)
        )

    def spans(self, scope: str, page: int) -> list[tuple[int, float]]:
        """From when to when (without end while it is in force) consent given on `page` or a later one held."""
        rows = self._database.read(
            "SELECT given, page_version, at_ms FROM consents WHERE scope = ? ORDER BY version", scope
        )
        ends = [*(at_ms for *_, at_ms in rows[1:]), math.inf]
        return [(at_ms, end) for (given, shown, at_ms), end in zip(rows, ends, strict=True) if given and shown >= page]

    def refused_chats(self) -> frozenset[str]:
        """The conversations that must not be learned from."""
        rows = self._database.read(
            "SELECT scope FROM consents c WHERE scope GLOB ? AND given = 0"
            " AND version = (SELECT max(version) FROM consents WHERE scope = c.scope)",
            f"{_CHAT}*",
        )
        return frozenset(str(scope).removeprefix(_CHAT) for (scope,) in rows)

    def give(self, connection: apsw.Connection, scope: str) -> None:
        self._append(connection, scope, given=True)

    def withdraw(self, connection: apsw.Connection, scope: str) -> None:
        self._append(connection, scope, given=False)

    def history(self) -> list[ConsentRow]:
        """Every row, oldest first."""
        rows = self._database.read("SELECT version, scope, given, page_version, at_ms FROM consents ORDER BY version")
        return [
            ConsentRow(version=version, scope=scope, given=bool(given), page_version=page, at_ms=at_ms)
            for version, scope, given, page, at_ms in rows
        ]

    def _newest(self, scope: str) -> tuple[int, int] | None:
        """Version and page of the consent in force."""
        row = self._database.one(
            "SELECT version, page_version, given FROM consents WHERE scope = ? ORDER BY version DESC LIMIT 1", scope
        )
        return (int(row[0]), int(row[1])) if row is not None and row[2] else None

    def _append(self, connection: apsw.Connection, scope: str, *, given: bool) -> None:
        connection.execute(
            "INSERT INTO consents (scope, given, page_version, at_ms) VALUES (?, ?, ?, ?)",
            (scope, int(given), PAGE_VERSION, self._clock()),
        )
