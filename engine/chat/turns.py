"""Turns in owner.db: stored when asked, completed when answered, never overwritten by another."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import apsw
import msgspec
from msgspec import Struct

from engine.chat import tree
from engine.chat.prompt import Exchange
from engine.chat.values import Citation, LogprobSummary, PromptPart, Provenance, Route, Turn
from engine.clock import Clock
from engine.errors import InputRefused
from engine.ids import new_id
from engine.learning.values import TrialAnswer
from engine.library.values import Passage, Scope
from engine.models.values import FinishReason, Timings
from engine.store.unstored import Rows

_UNROUTED = Route(documents=False, memory=False, adapter=None, reason="")
_TURN = (
    "SELECT id, thread_id, parent_id, question, answer, draft, finish, route, timings, confidence, created_ms, rating, "
    "corrected_ms, scope FROM turn WHERE id = ?"
)
_CITATIONS = (
    'SELECT number, chunk_id, document_id, page, "start", "end" FROM citation WHERE turn_id = ? ORDER BY number'
)
_CITE = (
    'INSERT INTO citation (turn_id, number, chunk_id, document_id, page, "start", "end") VALUES (?, ?, ?, ?, ?, ?, ?)'
)
_COUNTS = (
    "SELECT json_extract(route, '$.arm.trial') AS trial, json_extract(route, '$.arm.tried') AS tried, count(*)"
    " FROM turn WHERE trial IS NOT NULL AND answer <> '' GROUP BY trial, tried"
)
_TRIED = (
    "SELECT id, thread_id, question, json_extract(route, '$.arm.tried'), json_extract(route, '$.arm.propensity'),"
    " rating, created_ms FROM turn WHERE json_extract(route, '$.arm.trial') = ? AND answer <> ''"
    " ORDER BY created_ms DESC, id DESC"
)


class Outcome(Struct, frozen=True, kw_only=True):
    """What a turn ended with."""

    answer: str
    finish: FinishReason
    citations: Sequence[Citation]
    timings: Timings | None
    confidence: float | None
    logprobs: LogprobSummary | None


class Turns(Struct, frozen=True):
    """Turns as rows. A passage's words are fetched from the library each time a turn is read."""

    database: Rows
    passage: Callable[[str], Passage | None]
    clock: Clock

    def begin(self, thread_id: str, parent_id: str | None, question: str, scope: Scope, *, active: bool = True) -> str:
        """Store a question and make its branch the active one. Until it is answered it counts as cancelled."""
        turn_id, now = new_id(), self.clock()
        with self.database.write() as connection:
            connection.execute(
                "INSERT INTO turn (id, thread_id, parent_id, question, scope, created_ms) VALUES (?, ?, ?, ?, ?, ?)",
                (turn_id, thread_id, parent_id, question, scope.stored, now),
            )
            if active:
                _activate(connection, thread_id, turn_id)
            connection.execute("UPDATE thread SET updated_ms = ? WHERE id = ?", (now, thread_id))
        return turn_id

    def prepared(self, turn_id: str, parts: Sequence[PromptPart], route: Route, provenance: Provenance) -> None:
        """Record what the model is about to be told, and by what it answers."""
        with self.database.write() as connection:
            connection.execute(
                "UPDATE turn SET route = ?, provenance = ? WHERE id = ?", (_json(route), _json(provenance), turn_id)
            )
            connection.executemany(
                "INSERT INTO prompt_part (turn_id, position, kind, text, source_id, number) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (turn_id, position, part.kind, part.text, part.source_id, part.number)
                    for position, part in enumerate(parts)
                ],
            )

    def keep(self, turn_id: str, answer: str) -> None:
        """Store an answer so far, in case this process does not live to finish it."""
        with self.database.write() as connection:
            connection.execute("UPDATE turn SET answer = ?, draft = ? WHERE id = ?", (answer, answer, turn_id))

    def finish(self, turn_id: str, outcome: Outcome) -> None:
        """Record how a turn ended. Does nothing for one whose thread was removed meanwhile."""
        with self.database.write() as connection:
            connection.execute(
                "UPDATE turn SET answer = ?, draft = ?, finish = ?, timings = ?, confidence = ?, logprobs = ?, "
                "finished_ms = ? WHERE id = ?",
                (
                    outcome.answer,
                    outcome.answer,
                    outcome.finish,
                    _json(outcome.timings),
                    outcome.confidence,
                    _json(outcome.logprobs),
                    self.clock(),
                    turn_id,
                ),
            )
            if connection.changes():
                connection.executemany(_CITE, [(turn_id, *_reference(one)) for one in outcome.citations])

    def find(self, turn_id: str) -> Turn | None:
        row = self.database.one(_TURN, turn_id)
        return None if row is None else self._turn(row, tree.siblings(self.nodes(row[1]))[turn_id])

    def get(self, turn_id: str) -> Turn:
        """Raises InputRefused("turn_absent")."""
        turn = self.find(turn_id)
        if turn is None:
            raise InputRefused("turn_absent", turn=turn_id)
        return turn

    def branch(self, thread_id: str, leaf: str | None) -> list[Turn]:
        """The turns from the root to `leaf`."""
        if leaf is None:
            return []
        nodes = self.nodes(thread_id)
        versions = tree.siblings(nodes)
        rows = [self.database.one(_TURN, turn_id) for turn_id in tree.branch(nodes, leaf)]
        return [self._turn(row, versions[row[0]]) for row in rows if row is not None]

    def nodes(self, thread_id: str) -> list[tree.Node]:
        rows = self.database.read(
            "SELECT id, parent_id FROM turn WHERE thread_id = ? ORDER BY created_ms, id", thread_id
        )
        return [tree.Node(*row) for row in rows]

    def choose(self, turn: Turn) -> str:
        """Make the branch through `turn` the active one; returns its leaf."""
        leaf = tree.newest_leaf(self.nodes(turn.thread_id), turn.id)
        with self.database.write() as connection:
            _activate(connection, turn.thread_id, leaf)
        return leaf

    def rate(self, turn_id: str, rating: Literal["up", "down"] | None) -> None:
        with self.database.write() as connection:
            connection.execute("UPDATE turn SET rating = ? WHERE id = ?", (rating, turn_id))

    def correct(self, turn_id: str, text: str | None) -> None:
        """Let `text` count as the answer; None lets the draft count again."""
        with self.database.write() as connection:
            connection.execute(
                "UPDATE turn SET answer = coalesce(?, draft), corrected_ms = ? WHERE id = ?",
                (text, None if text is None else self.clock(), turn_id),
            )

    def withdraw(self, connection: apsw.Connection, turn_ids: Sequence[str]) -> None:
        """Forget what the owner thought of these turns; one that is gone is passed over."""
        connection.executemany(
            "UPDATE turn SET rating = NULL, answer = draft, corrected_ms = NULL WHERE id = ?",
            [(turn_id,) for turn_id in turn_ids],
        )

    def sources(self, turn_id: str) -> list[str]:
        """Chunks beside the question of a turn, and of all turns that it, or one of those, looked back on."""
        rows = self.database.read(
            "WITH RECURSIVE seen (turn_id) AS (VALUES (?) UNION SELECT p.source_id FROM prompt_part p"
            " JOIN seen USING (turn_id) WHERE p.kind = 'history')"
            " SELECT DISTINCT source_id FROM prompt_part JOIN seen USING (turn_id) WHERE kind = 'passage'",
            turn_id,
        )
        return [chunk_id for (chunk_id,) in rows]

    def answers(self) -> list[tuple[str, str, str | None, int, str]]:
        """Id, conversation, adapter, time and question of each turn that has an answer, but for drafts to compare."""
        rows = self.database.read(
            "SELECT turn.id, thread_id, route ->> '$.adapter', turn.created_ms, question FROM turn JOIN thread"
            " ON thread.id = thread_id WHERE answer <> '' AND deleted_ms IS NULL AND route ->> '$.comparison' IS NULL"
            " ORDER BY turn.created_ms, turn.id"
        )
        return [(turn_id, thread_id, adapter, at_ms, question) for turn_id, thread_id, adapter, at_ms, question in rows]

    def parts(self, turn_id: str) -> list[PromptPart]:
        """What the model was told, by reference; empty when it was told nothing."""
        rows = self.database.read(
            "SELECT kind, text, source_id, number FROM prompt_part WHERE turn_id = ? ORDER BY position", turn_id
        )
        return [
            PromptPart(kind=kind, text=text, source_id=source, number=number) for kind, text, source, number in rows
        ]

    def provenance(self, turn_id: str) -> Provenance | None:
        row = self.database.one("SELECT provenance, logprobs FROM turn WHERE id = ?", turn_id)
        if row is None or row[0] is None:
            return None
        logprobs = msgspec.json.decode(row[1], type=LogprobSummary) if row[1] else None
        return msgspec.structs.replace(msgspec.json.decode(row[0], type=Provenance), logprobs=logprobs)

    def trial_counts(self) -> dict[tuple[str, bool], int]:
        """How many answers there are of each arm of each trial."""
        return {(trial, bool(tried)): count for trial, tried, count in self.database.read(_COUNTS)}

    def trial_answers(self, trial_id: str) -> list[TrialAnswer]:
        """Those of one trial, newest first."""
        fields = ("turn", "thread", "question", "tried", "propensity", "rating", "created_ms")
        rows = self.database.read(_TRIED, trial_id)
        return [msgspec.convert(dict(zip(fields, row, strict=True)), TrialAnswer, strict=False) for row in rows]

    def history(self, parent_id: str | None) -> list[Exchange]:
        """What a turn under `parent_id` looks back on: what its parent did, so that what was once left out for want
        of room stays out and the prompt keeps its beginning, and the parent itself."""
        if parent_id is None:
            return []
        row = self.database.one("SELECT parent_id, route ->> '$.survey' FROM turn WHERE id = ?", parent_id)
        parts = self.parts(parent_id)
        if parts and row and not row[1]:
            earlier = [self.exchange(part.source_id) for part in parts if part.kind == "history" and part.source_id]
        else:
            earlier = list(self.history(row[0] if row else None))
        return [exchange for exchange in [*earlier, self.exchange(parent_id)] if exchange is not None]

    def exchange(self, turn_id: str, *, asked_ms: int | None = None) -> Exchange | None:
        """A turn as history: None when it is gone, was never answered, or read all files near its question: who looks
        back on such a list makes up another, of files that are none. With `asked_ms`, as it stood at that time."""
        row = self.database.one(
            "SELECT question, answer, draft, corrected_ms, route ->> '$.survey' FROM turn WHERE id = ?", turn_id
        )
        if row is None or row[-1]:
            return None
        question, answer, draft, corrected_ms, _ = row
        if asked_ms is not None and corrected_ms is not None and corrected_ms > asked_ms:
            answer = draft
        if not answer.strip():
            return None
        with_passages = any(part.kind == "passage" for part in self.parts(turn_id))
        return Exchange(turn_id, question, answer, with_passages)

    def _citations(self, turn_id: str) -> list[Citation]:
        rows = self.database.read(_CITATIONS, turn_id)
        found = [(self.passage(row[1]), row) for row in rows]
        return [
            Citation(
                number=number,
                chunk_id=chunk_id,
                document_id=document_id,
                path=passage.path if passage else None,
                page=page,
                start=start,
                end=end,
                text=passage.text if passage else None,
                ocr=passage.ocr if passage else False,
                heading=passage.heading if passage else "",
                away=passage.away if passage else "",
            )
            for passage, (number, chunk_id, document_id, page, start, end) in found
        ]

    def _turn(self, row: tuple[Any, ...], versions: list[str]) -> Turn:
        turn_id, thread_id, parent_id, question, answer, draft, finish, route, timings, *judged = row
        confidence, created_ms, rating, corrected_ms, scope = judged
        return Turn(
            id=turn_id,
            thread_id=thread_id,
            parent_id=parent_id,
            question=question,
            answer=answer,
            draft=draft,
            finish=finish,
            citations=self._citations(turn_id),
            route=msgspec.json.decode(route, type=Route) if route else _UNROUTED,
            timings=msgspec.json.decode(timings, type=Timings) if timings else None,
            confidence=confidence,
            created_ms=created_ms,
            rating=rating,
            corrected=corrected_ms is not None,
            scope=Scope.read(scope),
            sibling_index=versions.index(turn_id),
            sibling_ids=versions,
        )


def _activate(connection: apsw.Connection, thread_id: str, leaf: str) -> None:
    connection.execute("UPDATE thread SET active_turn_id = ? WHERE id = ?", (leaf, thread_id))


def _reference(citation: Citation) -> tuple[object, ...]:
    return (citation.number, citation.chunk_id, citation.document_id, citation.page, citation.start, citation.end)


def _json(value: Struct | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
