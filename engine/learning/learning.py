"""Learning as a whole: from what the owner says of answers to an adapter in use, and all the way back."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Protocol

import apsw
import msgspec

from engine.clock import Clock
from engine.errors import Busy, InputRefused
from engine.ids import new_id
from engine.learning.course import Course, Trainer
from engine.learning.curate import curate
from engine.learning.forget import Forgetting, Plan
from engine.learning.full_gate import FullGate
from engine.learning.full_measure import Ask, plainly
from engine.learning.gate import CORRECTIONS_NEEDED
from engine.learning.gating import Gate, withdrawn
from engine.learning.importing import FeedbackLine, read_lines, written
from engine.learning.listening import Listening
from engine.learning.reach import Reach, Refusal
from engine.learning.records import Records
from engine.learning.replay import Replay
from engine.learning.signals import Given
from engine.learning.tally import tallies
from engine.learning.train import train
from engine.learning.trying import SHARE, Answers, Trying
from engine.learning.values import (
    Adapter,
    AdapterState,
    Answering,
    Dependants,
    Example,
    Feedback,
    FeedbackKind,
    ForgetReport,
    GateReport,
    ImportReport,
    LearningReport,
    LearningStatus,
    Retention,
    Returned,
    SignalKind,
    TrainingProgress,
    TrainReport,
    Trial,
    TrialReport,
)
from engine.learning.watch import TURNING_POINTS, Watch
from engine.models.runtime import Runtime
from engine.models.values import AdapterFile, AdapterInUse, Message
from engine.progress import Control
from engine.store.database import Database
from engine.store.sealed import SealedFolder


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


def unheard(progress: TrainingProgress) -> None:
    """The report of a caller who does not ask."""


def unaccompanied(connection: apsw.Connection) -> None:
    """What is forgotten where no other room keeps anything of it."""


class Learning:
    """The owner's feedback and what was made of it. Off until turned on: then nothing is kept, trained or used.

    `prompt_of` gives a turn's prompt as it was, or None once the turn is gone; `is_off_limits` says of a turn whether
    what it drew on must not teach. `system` opens every prompt of the chat; imported prompts get it too, for what is in
    the prompt at serving time must be in it in training. `ask` makes a prompt of a question and passages as chat does,
    `answers` counts those given in trials, `given` are all that stand in the chat. Thread-safe; one training or test at
    a time.
    """

    def __init__(
        self,
        database: Database,
        runtime: Runtime,
        adapters: SealedFolder,
        checkpoints: SealedFolder,
        *,
        prompt_of: Callable[[str], list[Message] | None],
        is_off_limits: Callable[[str], bool],
        clock: Clock,
        system: str = "",
        ask: Ask = plainly,
        trainer: Trainer = train,
        retention: Callable[[], Retention] = Retention,
        answers: Answers = dict,
        given: Callable[[], Iterable[Given]] = tuple,
    ) -> None:
        self._records = records = Records(
            database, adapters, checkpoints, clock, base=lambda: runtime.description.base_sha256
        )
        self._runtime = runtime
        self._prompt_of = prompt_of
        self._clock = clock
        self._system = system
        self._retention = retention
        self._reach = Reach(records, is_off_limits)
        self._listening = Listening(records, self._reach, given, clock)
        self._gate = Gate(records, runtime)
        self._full_gate = FullGate(records, runtime, ask)
        self._course = Course(records, runtime, Replay(database, runtime, system), trainer)
        self._forgetting = Forgetting(records, self._prompt)
        self._watch = Watch(records)
        self._trying = Trying(records, runtime, self.active, answers)
        self._training = threading.Lock()
        self._control: Control | None = None
        self._tested: str | None = None
        records.remove_files()
        self.expire()

    # Consent

    @property
    def enabled(self) -> bool:
        return self._reach.consent is not None

    def turn_on(self) -> None:
        """The owner has read the page and agrees."""
        self._reach.set_on(True)

    def turn_off(self) -> None:
        """Nothing more is kept or trained, and the base model answers. What was kept stays until it is forgotten."""
        self._reach.set_on(False)
        self._stop_training()

    def learns_from(self, thread_id: str) -> bool:
        """Whether a conversation may teach, once learning is on: it may, unless its owner said otherwise."""
        return self._reach.learns_from(thread_id)

    def set_learns_from(self, thread_id: str, wanted: bool) -> None:
        """Let a conversation teach, or keep it out: of the next dataset, and of what is kept from now on."""
        self._reach.set_learns_from(thread_id, wanted)

    def refusal(self, turn: Answered) -> Refusal | None:
        """Why what is said of this answer is not kept to learn from; None where it is."""
        return self._reach.refusal(turn.thread_id, turn.id)

    # Feedback

    def rate(self, turn: Answered, rating: Literal["up", "down"] | None, reason: str = "") -> Feedback | None:
        """Keep a thumb on an answer; None takes it back. Nothing is kept while learning is off."""
        return self._keep(turn, "thumb", draft=turn.answer, rating=rating, reason=reason)

    def correct(self, turn: Answered) -> Feedback | None:
        """Keep what the owner made of an answer: the turn's draft and its answer now."""
        return self._keep(turn, "correction", draft=turn.draft, final=turn.answer)

    def prefer(self, chosen: Answered, rejected: Answered) -> Feedback | None:
        """Keep that one answer was chosen over another to the same question."""
        return self._keep(chosen, "preferred", final=chosen.answer, rejected=rejected.answer)

    def note(self, turn: Answered, kind: SignalKind) -> Feedback | None:
        """Keep what the owner did with an answer, once of each kind: counted beside the ratings, never learned from."""
        return self._keep(turn, kind) if self._listening.wants(turn.id, kind) else None

    def signals(self) -> list[Feedback]:
        """The signs that are kept, which no review shows; oldest first."""
        return self._records.signals.all()

    def import_feedback(self, path: Path) -> ImportReport:
        """Take in the JSON lines of `path`, all usable ones or (should anything fail) none.

        Raises InputRefused("learning_off"), ("feedback_unreadable") or ("feedback_not_jsonl").
        """
        rows, skipped = read_lines(path, self._clock, self._require_on())
        with self._records.database.write() as connection:
            imported = sum(self._records.keep(connection, row) for row in rows)
            self._records.audit.record(connection, "feedback_imported", rows=imported, skipped=len(skipped))
        return ImportReport(imported=imported, skipped=skipped)

    def feedback(
        self,
        *,
        feedback_id: str | None = None,
        turn_id: str | None = None,
        thread_id: str | None = None,
        everything: bool = False,
    ) -> list[Feedback]:
        """What was kept, as it was said, with the signs beside it: one row's, an answer's, a conversation's, or all.

        Raises InputRefused("feedback_absent") when one named row is not there.
        """
        if everything:
            return self._records.all()
        rows = self._records.find(feedback_id=feedback_id, turn_id=turn_id, thread_id=thread_id)
        if feedback_id is not None and not rows:
            raise InputRefused("feedback_absent", feedback=feedback_id)
        return rows

    def export_feedback(self) -> Iterator[FeedbackLine]:
        """All feedback as lines that `import_feedback` takes."""
        return written(self._records.all(), self._prompt_as_kept)

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

    # Review

    def status(self) -> LearningStatus:
        examples = self.review()
        unfinished = self._records.runs.unfinished()
        active = self.active()
        return LearningStatus(
            enabled=self.enabled,
            feedback=len(examples),
            examples=sum(example.left_out is None for example in examples),
            left_out=sum(example.left_out is not None for example in examples),
            needed=CORRECTIONS_NEEDED,
            active_adapter=None if active is None else active.adapter_id,
            training=self._training.locked(),
            resumable=unfinished is not None and not self._training.locked(),
            returned=self._watch.returned(),
            base_ratings=tallies(self._records.log.ratings()).get(None),
            withdrawn=0 if active is None else self._withdrawn(active, examples),
            other_base=self._is_for_another_base(),
            untested=self._untested(active),
            failed=self._failures(),
            trial=next(iter(self.trials()), None),
            signals=self._listening.counts(self._retention()),
            signals_kept=len(self.signals()),
        )

    def review(self) -> list[Example]:
        """What each piece of feedback would teach, masked as it would be trained on; oldest first."""
        return curate(self._records.log.all(), self._prompt, self._reach.permission())

    def leave_out(self, example_id: str) -> Example:
        """Keep an example out of every dataset from now on. Raises InputRefused("example_absent")."""
        return self._review_one(example_id, "INSERT OR IGNORE INTO left_out (feedback_id, at_ms) VALUES (?1, ?2)")

    def take_back(self, example_id: str) -> Example:
        """Undo `leave_out`."""
        return self._review_one(example_id, "DELETE FROM left_out WHERE feedback_id = ?1 AND ?2")

    def keep_anyway(self, example_id: str) -> Example:
        """Learn from an example although it is doubted (see DOUBTS) or was left out; `leave_out` is the undo."""
        return self._review_one(
            example_id,
            "INSERT OR IGNORE INTO kept_anyway (feedback_id, at_ms) VALUES (?1, ?2)",
            "DELETE FROM left_out WHERE feedback_id = ?1 AND ?2",
        )

    # Training and the gate

    def train(
        self,
        *,
        report: Callable[[TrainingProgress], None] = unheard,
        control: Control | None = None,
        layers: int | None = None,
    ) -> TrainReport:
        """Train an adapter on the curated examples and judge it; goes on with a run that was cut short.

        Raises InputRefused("learning_off"), ("nothing_to_train"), Busy("training_busy"), or Interrupted with the
        checkpoint kept.
        """
        self._require_on()
        with self._occupied(control) as under:
            self.expire()
            run = self._course.adapter(self.review(), layers, report=report, control=under)
            gate = self.gate(run.id, report=report, control=under)
            adapter = self._records.registry.get(run.id)
            with self._records.database.write() as connection:
                self._records.runs.finish(connection, run.id)
            return TrainReport(
                adapter=adapter.id,
                examples=adapter.examples,
                held_out=adapter.held_out,
                tokens=run.tokens,
                tokens_per_s=run.tokens / run.seconds if run.seconds else 0.0,
                seconds=run.seconds,
                gate=gate,
            )

    def make_way(self) -> contextlib.AbstractContextManager[None]:
        """Let a training under way stand still for as long as the block runs: an answer must not wait for it."""
        control = self._control
        return contextlib.nullcontext() if control is None else control.hold()

    def gate(
        self,
        adapter_id: str,
        *,
        report: Callable[[TrainingProgress], None] = unheard,
        control: Control | None = None,
    ) -> GateReport:
        """Judge an adapter on this serving file, and keep the report. What was measured once stays."""
        candidate = self._of_this_base(adapter_id)
        examples = {example.id: example for example in self.review()}
        gate = self._gate.run(candidate, examples, report=report, control=control or Control())
        with self._records.database.write() as connection:
            self._records.registry.judge(connection, adapter_id, gate, self._runtime.description.serving_sha256)
            self._records.audit.record(connection, "adapter_gated", adapter=adapter_id, verdict=gate.verdict)
        return gate

    def test_fully(
        self,
        adapter_id: str,
        *,
        report: Callable[[TrainingProgress], None] = unheard,
        control: Control | None = None,
    ) -> GateReport:
        """Put an adapter to the full gate. Failing while in use takes it out of use: the one before answers again.

        It takes minutes, so it is done once an adapter is in use. Raises InputRefused("adapter_absent"),
        ("adapter_wrong_base"), Busy("training_busy"), or Interrupted with what was measured kept.
        """
        candidate = self._of_this_base(adapter_id)
        examples = {example.id: example for example in self.review()}
        with self._occupied(control) as under:
            self._tested = adapter_id
            try:
                gate = self._full_gate.run(candidate, examples, report=report, control=under)
            finally:
                self._tested = None
        with self._records.database.write() as connection:
            self._records.registry.judge_fully(connection, adapter_id, gate)
            self._records.audit.record(connection, "adapter_tested", adapter=adapter_id, verdict=gate.verdict)
            if gate.verdict == "reject" and self._records.registry.roll_back(connection, adapter_id):
                self._records.audit.record(connection, "adapter_failed", adapter=adapter_id)
            if gate.verdict == "reject":
                self._records.trials.end(connection, "failed", of=[adapter_id])
        return gate

    # Adapters

    def adapters(self) -> list[Adapter]:
        """Those that stand, newest first: how their answers were rated, by what weaker signs they were taken, and the
        newest trial of each."""
        rated = tallies(self._records.log.ratings())
        signals = {counts.adapter: counts for counts in self._listening.counts(self._retention())}
        tried = {report.trial.adapter: report for report in reversed(self.trials())}
        return [
            msgspec.structs.replace(
                adapter, ratings=rated.get(adapter.id), signals=signals.get(adapter.id), trial=tried.get(adapter.id)
            )
            for adapter in self._records.registry.all()
        ]

    def active(self) -> AdapterInUse | None:
        """What answers now, where nothing is on trial: None while learning is off, or until the gate has seen it on
        this model's file."""
        adapter = self._records.registry.active() if self.enabled else None
        gated_here = adapter is not None and adapter.serving_sha256 == self._runtime.description.serving_sha256
        return AdapterInUse(adapter.id, 1.0) if adapter is not None and gated_here else None

    def promote(self, adapter_id: str, *, force: bool = False) -> Adapter:
        """Use an adapter from now on: the owner's decision. It is judged first where that was not done on this file.

        Raises InputRefused("adapter_absent"), ("adapter_wrong_base"), ("adapter_rejected"), or ("adapter_unproven")
        for one the gate could not tell of, unless `force` or its trial says that it is better. A trial ends.
        """
        gate = self._not_rejected(self._of_this_base(adapter_id))
        if gate.verdict == "not_enough_data" and not force and not self._trying.has_shown(adapter_id):
            raise InputRefused("adapter_unproven", adapter=adapter_id)
        active = self._records.registry.active()
        if active is None or active.id != adapter_id:
            with self._records.database.write() as connection:
                self._records.registry.promote(connection, adapter_id)
                self._records.audit.record(connection, "adapter_promoted", adapter=adapter_id, verdict=gate.verdict)
                if not self._records.trials.end(connection, "kept", of=[adapter_id]):
                    self._records.trials.end(connection, "other_promoted")
            self._stop_test(but_of=adapter_id)
        return self._records.registry.get(adapter_id)

    def rollback(self) -> Adapter | None:
        """Go back to the adapter in use before, or to the base (None)."""
        active = self._records.registry.active()
        if active is not None:
            with self._records.database.write() as connection:
                if self._records.registry.roll_back(connection, active.id):
                    self._records.audit.record(connection, "adapter_rolled_back", adapter=active.id)
                    self._records.trials.end(connection, "rolled_back")
            self._stop_test()
        return self._records.registry.active()

    def watch(self) -> Returned | None:
        """Call it after a rating: when ratings fell under the adapter in use, the one before answers again."""
        returned = self._watch.look() if self.enabled else None
        if returned is not None:
            self._stop_test()
        return returned

    def delete(self, adapter_id: str) -> None:
        """Destroy one adapter; if it was in use, the one before it is. Raises InputRefused("adapter_absent")."""
        self._records.registry.get(adapter_id)
        with self._records.database.write() as connection:
            self._records.registry.mark_destroyed(connection, [adapter_id])
            self._records.audit.record(connection, "adapter_deleted", adapter=adapter_id)
            self._records.trials.end(connection, "deleted", of=[adapter_id])
        if self._tested == adapter_id:
            self._stop_test()
        self._runtime.forget_adapter(adapter_id)
        self._records.remove_files()

    def load_adapter(self, adapter_id: str) -> AdapterFile:
        """An adapter's bytes, for the runtime. Raises InputRefused("adapter_absent")."""
        return self._records.registry.file(adapter_id)

    # Trials

    def answering(self, turn_id: str) -> Answering:
        """What answers this turn: drawn, while a version is on trial, and what is in use otherwise."""
        return self._trying.answering(turn_id)

    def try_out(self, adapter_id: str, share: float = SHARE) -> Trial:
        """Let an adapter answer a share of the turns from now on; of the one on trial already, change the share.

        It is judged first where that was not done on this file. Raises InputRefused("learning_off"), ("trial_share"),
        ("trial_in_use"), ("trial_running") while another is on trial, or of the adapter what `promote` does; one that
        the gate could not tell of may be tried.
        """
        self._require_on()
        adapter = self._of_this_base(adapter_id)
        self._not_rejected(adapter)
        return self._trying.begin(adapter, share)

    def end_trial(self) -> TrialReport:
        """End the trial that runs: what was in use answers every turn again. Raises InputRefused("trial_none")."""
        if not self._trying.end("ended"):
            raise InputRefused("trial_none")
        return self.trials()[0]

    def trial(self, trial_id: str) -> Trial:
        """Raises InputRefused("trial_absent")."""
        return self._records.trials.get(trial_id)

    def trials(self) -> list[TrialReport]:
        """Every trial, newest first, and what it says by the ratings that stand."""
        return self._trying.reports()

    # Forgetting

    def what_depends(self, rows: Sequence[Feedback]) -> Dependants:
        """What forgetting `rows` would take with it."""
        plan = self._forgetting.plan(rows)
        doomed = [adapter for adapter in self.adapters() if adapter.id in plan.adapters]
        return Dependants(items=len(rows), datasets=len(plan.datasets), adapters=doomed)

    def forget(
        self, rows: Sequence[Feedback], *, beside: Callable[[apsw.Connection], None] = unaccompanied
    ) -> ForgetReport:
        """Erase feedback and destroy every adapter, dataset and checkpoint made from it, in use or not.

        Call it before the turns themselves go: prompts tell which other examples showed the same words. `beside` erases
        what other rooms made of the rows, in the same transaction; backups are for the caller.
        """
        plan = self._forgetting.plan(rows)
        self._records.database.freeing(lambda: self._erase(plan, beside))
        if self._is_training_discarded():
            self._stop_training()
        for adapter_id in plan.adapters:
            self._runtime.forget_adapter(adapter_id)
        self._records.remove_files()
        return ForgetReport(
            items=len(rows),
            adapters_destroyed=plan.adapters,
            backups_rewritten=0,
            retrain_offered=bool(plan.adapters) and any(example.left_out is None for example in self.review()),
        )

    def report(self) -> LearningReport:
        """The whole story: what was learned from what, how it was judged, and what was done with it."""
        return LearningReport(
            status=self.status(),
            adapters=self._records.registry.all(destroyed=True),
            datasets=self._records.datasets.versions(),
            consents=self._records.consent.history(),
            audit=self._records.audit.entries(),
            trials=self.trials(),
        )

    # Within

    def _keep(
        self,
        turn: Answered,
        kind: FeedbackKind,
        *,
        draft: str | None = None,
        final: str | None = None,
        rejected: str | None = None,
        rating: Literal["up", "down"] | None = None,
        reason: str = "",
    ) -> Feedback | None:
        consent_version = self._reach.consent
        if consent_version is None or self.refusal(turn) is not None:
            return None
        row = Feedback(
            id=new_id(),
            kind=kind,
            prompt=[],
            draft=draft,
            final=final,
            rejected=rejected,
            rating=rating,
            reason=reason,
            turn_id=turn.id,
            thread_id=turn.thread_id,
            model_sha256=self._runtime.description.base_sha256,
            adapter_id=turn.route.adapter,
            route=msgspec.to_builtins(turn.route),
            consent_version=consent_version,
            created_ms=self._clock(),
        )
        with self._records.database.write() as connection:
            return row if self._records.keep(connection, row) else None

    def _erase(self, plan: Plan, beside: Callable[[apsw.Connection], None]) -> None:
        with self._records.database.write() as connection:
            self._forgetting.erase(connection, plan)
            beside(connection)
            self._records.audit.record(connection, "forgotten", items=len(plan.feedback), adapters=plan.adapters)
            self._records.trials.end(connection, "forgotten", of=plan.adapters)

    def _require_on(self) -> int:
        consent_version = self._reach.consent
        if consent_version is None:
            raise InputRefused("learning_off")
        return consent_version

    def _is_for_another_base(self) -> bool:
        """Whether adapters stand, and all of them for other base models than this one."""
        states = {adapter.state for adapter in self._records.registry.all()}
        return states == {AdapterState.OTHER_BASE}

    @contextlib.contextmanager
    def _occupied(self, control: Control | None) -> Iterator[Control]:
        """One training or test at a time, which makes way, and stops when learning is turned off."""
        if not self._training.acquire(blocking=False):
            raise Busy("training_busy")
        try:
            self._control = control = control or Control()
            yield control
        finally:
            self._control = None
            self._training.release()

    def _has_failed(self, adapter_id: str) -> bool:
        full = self._records.registry.get(adapter_id).full_gate
        return full is not None and full.verdict == "reject"

    def _untested(self, active: AdapterInUse | None) -> str | None:
        if active is None or self._records.registry.get(active.adapter_id).full_gate is not None:
            return None
        return active.adapter_id

    def _failures(self) -> list[str]:
        """What the adapter lost that was taken out of use by the full gate, as long as that is the last word."""
        entry = self._records.audit.latest(*TURNING_POINTS)
        if entry is None or entry.action != "adapter_failed":
            return []
        found = (one for one in self._records.registry.all() if one.id == entry.fields["adapter"])
        full = next((one.full_gate for one in found), None)
        return (
            []
            if full is None
            else [words for score, words in zip(full.scores, full.reasons, strict=True) if not score.passed]
        )

    def _withdrawn(self, active: AdapterInUse, examples: Sequence[Example]) -> int:
        manifest = self._records.datasets.manifest(self._records.registry.get(active.adapter_id).dataset_id)
        return withdrawn(manifest, {example.id: example for example in examples})

    def _prompt(self, row: Feedback) -> list[Message] | None:
        prompt = self._prompt_as_kept(row)
        if not prompt or not self._system or prompt[0].role == "system":
            return prompt
        return [Message("system", self._system), *prompt]

    def _prompt_as_kept(self, row: Feedback) -> list[Message] | None:
        return row.prompt or (self._prompt_of(row.turn_id) if row.turn_id is not None else None)

    def _review_one(self, example_id: str, *statements: str) -> Example:
        if not any(row.id == example_id for row in self._records.log.find(feedback_id=example_id)):
            raise InputRefused("example_absent", example=example_id)
        with self._records.database.write() as connection:
            for statement in statements:
                connection.execute(statement, (example_id, self._clock()))
        return next(example for example in self.review() if example.id == example_id)

    def _of_this_base(self, adapter_id: str) -> Adapter:
        adapter = self._records.registry.get(adapter_id)
        if adapter.base_sha256 != self._runtime.description.base_sha256:
            raise InputRefused("adapter_wrong_base", model=self._runtime.description.title)
        return adapter

    def _not_rejected(self, adapter: Adapter) -> GateReport:
        """What the gate says of it on this serving file. Raises InputRefused("adapter_rejected")."""
        gated_here = adapter.serving_sha256 == self._runtime.description.serving_sha256
        gate = adapter.gate if adapter.gate is not None and gated_here else self.gate(adapter.id)
        if gate.verdict == "reject" or self._has_failed(adapter.id):
            raise InputRefused("adapter_rejected", adapter=adapter.id)
        return gate

    def _is_training_discarded(self) -> bool:
        return self._training.locked() and self._records.runs.unfinished() is None

    def _stop_test(self, *, but_of: str | None = None) -> None:
        """What is out of use need not be tested any longer."""
        if self._tested not in {None, but_of}:
            self._stop_training()

    def _stop_training(self) -> None:
        if (control := self._control) is not None:
            control.cancel()
