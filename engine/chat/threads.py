"""The list of conversations in owner.db: titles, search, deletion with undo."""

from msgspec import Struct

from engine.chat.values import Thread
from engine.clock import Clock
from engine.errors import InputRefused
from engine.ids import new_id
from engine.library.hidden_text import visible
from engine.library.values import Scope
from engine.store.unstored import Rows

LONGEST_TITLE = 60


class Threads(Struct, frozen=True):
    """Threads as rows. A deleted one is hidden from everything here until it is restored or purged."""

    database: Rows
    clock: Clock

    def create(self, question: str, scope: Scope) -> str:
        """A thread named after its first question."""
        thread_id, now = new_id(), self.clock()
        with self.database.write() as connection:
            connection.execute(
                "INSERT INTO thread (id, title, scope, created_ms, updated_ms) VALUES (?, ?, ?, ?, ?)",
                (thread_id, title_of(question), scope.stored, now, now),
            )
        return thread_id

    def scope(self, thread_id: str) -> Scope:
        """What of the documents its next question is asked of. Raises InputRefused("thread_absent")."""
        row = self.database.one("SELECT scope FROM thread WHERE id = ? AND deleted_ms IS NULL", thread_id)
        if row is None:
            raise InputRefused("thread_absent", thread=thread_id)
        return Scope.read(row[0])

    def set_scope(self, thread_id: str, scope: Scope) -> None:
        """Ask the next questions of this. Raises InputRefused("thread_absent")."""
        if self.scope(thread_id) != scope:
            self._set(thread_id, "UPDATE thread SET scope = ? WHERE id = ?", scope.stored)

    def active_turn(self, thread_id: str) -> str | None:
        """The leaf of the active branch; None in a thread without turns. Raises InputRefused("thread_absent")."""
        row = self.database.one("SELECT active_turn_id FROM thread WHERE id = ? AND deleted_ms IS NULL", thread_id)
        if row is None:
            raise InputRefused("thread_absent", thread=thread_id)
        leaf: str | None = row[0]
        return leaf

    def listed(self, search: str) -> list[Thread]:
        """The threads, latest first; with `search`, those that hold each of its words in title, question or answer."""
        rows = self.database.read(
            "SELECT id, title, created_ms, updated_ms, (SELECT count(*) FROM turn WHERE thread_id = thread.id) "
            "FROM thread WHERE deleted_ms IS NULL ORDER BY updated_ms DESC, id DESC"
        )
        threads = [
            Thread(id=thread_id, title=title, created_ms=created, updated_ms=updated, turns=turns)
            for thread_id, title, created, updated, turns in rows
        ]
        words = search.casefold().split()
        return [thread for thread in threads if self._holds(thread, words)] if words else threads

    def rename(self, thread_id: str, title: str) -> None:
        self.active_turn(thread_id)
        title = title_of(visible(title))
        if not title:
            raise InputRefused("title_empty")
        self._set(thread_id, "UPDATE thread SET title = ? WHERE id = ?", title)

    def delete(self, thread_id: str) -> None:
        """Hide a thread; `restore` brings it back until `purge`."""
        self.active_turn(thread_id)
        now = self.clock()
        self.database.freeing(lambda: self._set(thread_id, "UPDATE thread SET deleted_ms = ? WHERE id = ?", now))

    def restore(self, thread_id: str) -> None:
        if self.database.one("SELECT 1 FROM thread WHERE id = ?", thread_id) is None:
            raise InputRefused("thread_absent", thread=thread_id)
        self._set(thread_id, "UPDATE thread SET deleted_ms = ? WHERE id = ?", None)

    def purge(self) -> None:
        """Remove the deleted threads for good, with their turns and all that was recorded of them."""
        self.database.freeing(self._purge)

    def _purge(self) -> None:
        with self.database.write() as connection:
            connection.execute("DELETE FROM thread WHERE deleted_ms IS NOT NULL")

    def _holds(self, thread: Thread, words: list[str]) -> bool:
        """SQLite folds the case of ASCII alone, so the words are looked for here: 10,000 turns take about 0.1 s."""
        rows = self.database.read("SELECT question, answer FROM turn WHERE thread_id = ?", thread.id)
        text = "\n".join([thread.title, *(part for row in rows for part in row)]).casefold()
        return all(word in text for word in words)

    def _set(self, thread_id: str, sql: str, value: object) -> None:
        with self.database.write() as connection:
            connection.execute(sql, (value, thread_id))


def title_of(question: str) -> str:
    """The first line of a question, cut between words."""
    line = " ".join(question.strip().split("\n", 1)[0].split())
    if len(line) <= LONGEST_TITLE:
        return line
    head = line[: LONGEST_TITLE - 1]
    return f"{head.rsplit(' ', 1)[0] or head}…"
