"""Keeps what the owner says of answers, and what they do with them: where that was agreed to, as it was said."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, Protocol, TypedDict, Unpack

import apsw
import msgspec

from engine.clock import Clock
from engine.errors import InputRefused
from engine.ids import new_id
from engine.learning.importing import FeedbackLine, ImportReport, read_lines, written
from engine.learning.listening import Listening
from engine.learning.prompts import Prompts
from engine.learning.reach import Reach
from engine.learning.records.records import Records
from engine.learning.values import Feedback, FeedbackKind, Retention, SignalKind


class Answered(Protocol):
    """What learning needs of the turn that feedback is about; a chat's Turn is one."""

    @property
    def id(self) -> str: ...
    @property
    def thread_id(self) -> str: ...
    @property
    def answer(self) -> str: ...
    @property
    def draft(self) -> str: ...
    @property
    def route(self) -> "Routed": ...


class Routed(Protocol):
    @property
    def adapter(self) -> str | None: ...


class _Said(TypedDict, total=False):
    """The owner's words in a piece of feedback."""

    draft: str | None
    final: str | None
    rejected: str | None
    rating: Literal["up", "down"] | None
    reason: str


class Capture:
    """Feedback in, by turns or from a file, and out again. `base` names the base model that answers."""

    def __init__(
        self,
        records: Records,
        reach: Reach,
        listening: Listening,
        prompts: Prompts,
        *,
        base: Callable[[], str],
        retention: Callable[[], Retention],
        clock: Clock,
    ) -> None:
        self._records = records
        self._reach = reach
        self._listening = listening
        self._prompts = prompts
        self._base = base
        self._retention = retention
        self._clock = clock

    def rate(self, turn: Answered, rating: Literal["up", "down"] | None, reason: str = "") -> Feedback | None:
        """Keep a thumb on an answer; None takes it back. Nothing is kept while learning is off."""
        return self._keep(turn, "thumb", draft=turn.answer, rating=rating, reason=reason)

    def correct(self, turn: Answered) -> Feedback | None:
        """Keep what the owner made of an answer: the turn's draft and its answer now."""
        return self._keep(turn, "correction", draft=turn.draft, final=turn.answer)

    def prefer(self, chosen: Answered, rejected: Answered) -> Feedback | None:
        """Keep that one answer was chosen over another to the same question."""
        return self._keep(chosen, "preferred", final=chosen.answer, rejected=rejected.answer)

    def prefer_in(self, connection: apsw.Connection, chosen: Answered, rejected: Answered, *, feedback_id: str) -> None:
        """The same in the caller's transaction, who has asked whether it may be kept, under an id of theirs."""
        row = self._row(chosen, "preferred", self._reach.required(), final=chosen.answer, rejected=rejected.answer)
        self._records.keep(connection, msgspec.structs.replace(row, id=feedback_id))

    def note(self, turn: Answered, kind: SignalKind) -> Feedback | None:
        """Keep what the owner did with an answer, once of each kind: counted beside the ratings, never learned from."""
        return self._keep(turn, kind) if self._listening.wants(turn.id, kind) else None

    def signals(self) -> list[Feedback]:
        """The signs that are kept, which no review shows; oldest first."""
        return self._records.signals.all()

    def feedback(
        self,
        *,
        feedback_id: str | None = None,
        turn_id: str | None = None,
        thread_id: str | None = None,
        everything: bool = False,
    ) -> list[Feedback]:
        """What was kept, as it was said, with the marks beside it: one row's, an answer's, a conversation's, or all.

        Raises InputRefused("feedback_absent") when one named row is not there.
        """
        if everything:
            return self._records.all()
        rows = self._records.find(feedback_id=feedback_id, turn_id=turn_id, thread_id=thread_id)
        if feedback_id is not None and not rows:
            raise InputRefused("feedback_absent", feedback=feedback_id)
        return rows

    def import_file(self, path: Path) -> ImportReport:
        """Take in the JSON lines of `path`, all usable ones or (should anything fail) none.

        Raises InputRefused("learning_off"), ("feedback_unreadable") or ("feedback_not_jsonl").
        """
        rows, skipped = read_lines(path, self._clock, self._reach.required())
        with self._records.database.write() as connection:
            imported = sum(self._records.keep(connection, row) for row in rows)
            self._records.audit.record(connection, "feedback_imported", rows=imported, skipped=len(skipped))
        return ImportReport(imported=imported, skipped=skipped)

    def export_lines(self) -> Iterator[FeedbackLine]:
        """All feedback, but for marks of what was shown, as lines that `import_file` takes."""
        return written([row for row in self._records.all() if row.kind != "compared"], self._prompts.as_kept)

    def expire(self) -> int:
        """Remove feedback that is older, or more, than its owner wants kept; how many pieces that were.

        Done at the start and before each training. Conversations, memory and adapters stay as they are: the next
        training does without it.
        """
        records = self._records
        expired = records.expired(self._retention(), self._clock())
        if expired:
            with records.database.write() as connection:
                records.delete(connection, expired)
                records.audit.record(connection, "feedback_expired", rows=len(expired))
        return len(expired)

    def _keep(self, turn: Answered, kind: FeedbackKind, **said: Unpack[_Said]) -> Feedback | None:
        consent_version = self._reach.consent
        if consent_version is None or self._reach.refusal(turn.thread_id, turn.id) is not None:
            return None
        row = self._row(turn, kind, consent_version, **said)
        with self._records.database.write() as connection:
            return row if self._records.keep(connection, row) else None

    def _row(self, turn: Answered, kind: FeedbackKind, consent_version: int, **said: Unpack[_Said]) -> Feedback:
        return Feedback(
            id=new_id(),
            kind=kind,
            prompt=[],
            turn_id=turn.id,
            thread_id=turn.thread_id,
            model_sha256=self._base(),
            adapter_id=turn.route.adapter,
            route=msgspec.to_builtins(turn.route),
            consent_version=consent_version,
            created_ms=self._clock(),
            **said,
        )
