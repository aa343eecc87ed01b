"""Learning as a whole: from what the owner says of answers to an adapter in use, and all the way back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager

import apsw

from engine.clock import Clock
from engine.errors import InputRefused
from engine.learning.capture import Answered, Capture
from engine.learning.course import Course, Trainer
from engine.learning.curation import language, poison
from engine.learning.curation.curate import curate, kinds_of, reasons_of
from engine.learning.domains.domains import Domains
from engine.learning.domains.rows import DomainRows
from engine.learning.experiments.comparing import Comparing
from engine.learning.experiments.retrieval import Retrieval
from engine.learning.experiments.trying import Answers
from engine.learning.forget import Forgetting, Plan
from engine.learning.gate.base_answers import BaseAnswers
from engine.learning.gate.full_measure import Ask, plainly
from engine.learning.gate.gate import CORRECTIONS_NEEDED
from engine.learning.judging import Heard, Judging, unheard
from engine.learning.listening import Listening
from engine.learning.origin import origin_of, trained_on
from engine.learning.prompts import Prompts
from engine.learning.reach import Reach, Refusal
from engine.learning.records.records import Records
from engine.learning.records.signals import Given
from engine.learning.replay import Replay
from engine.learning.tally import tallies
from engine.learning.topic_watch import Topics, TopicWatch
from engine.learning.training.train import train
from engine.learning.unasked import Unasked
from engine.learning.values import (
    Answering,
    Dependants,
    Example,
    Feedback,
    ForgetReport,
    LearningReport,
    LearningStatus,
    Origin,
    Retention,
    Shadow,
    TrainReport,
)
from engine.learning.versions import Versions
from engine.learning.work import Work
from engine.library.embed import Embedder
from engine.models.runtime import Runtime
from engine.models.values import AdapterInUse, Message
from engine.privacy.consent import PAGE_VERSION
from engine.privacy.masking import Mask, without_names
from engine.privacy.redact import redact
from engine.progress import Control
from engine.settings import Settings
from engine.store.database import Database
from engine.store.sealed import SealedFolder
from engine.words import say


def unaccompanied(connection: apsw.Connection) -> None:
    """What is forgotten where no other room keeps anything of it."""


class Learning:
    """The owner's feedback and what was made of it. Off until turned on: then nothing is kept, trained or used.

    Its parts are its attributes: `capture` keeps feedback, `judging` holds the gates, `versions` says what answers,
    `comparing` which answers come as two drafts, `unasked` whether a training may begin by itself, `domains` hold the
    examples in bins, `retrieval` says which retrieval setting a turn tries.

    `prompt_of` gives a turn's prompt as it was, or None once the turn is gone; `is_off_limits` says of a turn whether
    what it drew on must not teach. `system` opens every prompt of the chat. `ask` makes a prompt of a question and
    passages as chat does, `answers` counts those given in trials, `given` are all that stand in the chat, `mask` masks
    what is learned from. Thread-safe; one training or test at a time.
    """

    def __init__(
        self,
        database: Database,
        runtime: Runtime,
        adapters: SealedFolder,
        checkpoints: SealedFolder,
        embedder: Embedder,
        *,
        prompt_of: Callable[[str], list[Message] | None],
        is_off_limits: Callable[[str], bool],
        clock: Clock,
        system: str = "",
        ask: Ask = plainly,
        trainer: Trainer = train,
        settings: Callable[[], Settings] = Settings,
        answers: Answers = dict,
        given: Callable[[], Iterable[Given]] = tuple,
        mask: Mask = without_names,
    ) -> None:
        def base() -> str:
            return runtime.description.base_sha256

        def retention() -> Retention:
            return Retention(days=settings().keep_feedback_days, items=settings().keep_feedback_items)

        self._records = records = Records(database, adapters, checkpoints, clock, base=base)
        self._runtime = runtime
        self._clock = clock
        self._settings = settings
        self._mask = mask
        self._prompts = prompts = Prompts(prompt_of, system)
        self._reach = reach = Reach(records, is_off_limits)
        listening = Listening(records, reach, given, clock, retention)
        self._signals = listening.counts
        self._work = work = Work()
        self.capture = Capture(records, reach, listening, prompts, base=base, retention=retention, clock=clock)
        base_answers = BaseAnswers(runtime)
        self.judging = Judging(records, runtime, base_answers, work, review=self.review, ask=ask, clock=clock)
        self.versions = Versions(records, runtime, reach, self.judging, work, signals=listening.counts, answers=answers)
        rows = DomainRows(database, clock, embedder.name)
        self.domains = Domains(rows, embedder, self.review, self.versions.in_use)
        self.comparing = Comparing(
            records,
            runtime,
            reach,
            self.judging,
            self.capture,
            active=self.versions.active,
            share=lambda: settings().side_by_side,
            clock=clock,
        )
        self._course = Course(records, runtime, Replay(runtime, base_answers, system), trainer)
        self.unasked = Unasked(records, self.review)
        self.retrieval = Retrieval(records, reach, lambda: settings().try_retrieval)
        self._topics = TopicWatch(records, reach, given=given, embed=embedder.questions, review=self.review)
        self._forgetting = Forgetting(records, prompts.served)
        records.remove_files()
        self.capture.expire()

    def close(self) -> None:
        """Let go of the owner's texts, which the checks of examples keep at hand: another's profile may come next."""
        language.drop_texts()
        poison.drop_texts()
        redact.cache_clear()

    # Consent

    @property
    def enabled(self) -> bool:
        return self._reach.consent is not None

    def turn_on(self) -> None:
        """The owner has read the page, as it is now, and agrees."""
        self._reach.set_on(True)

    def unnamed(self, before: Settings, after: Settings) -> list[str]:
        """The settings turned on since `before` that the page agreed to does not name; none while learning is off."""
        return self._reach.unnamed(before, after)

    def page_news(self) -> list[str]:
        """What the page of words says by now that the one agreed to does not; nothing while learning is off."""
        page = self._reach.page
        return (
            [] if page is None else [say(f"learning.page_news_{newer}") for newer in range(page + 1, PAGE_VERSION + 1)]
        )

    def turn_off(self) -> None:
        """Nothing more is kept or trained, and the base model answers. What was kept stays until it is forgotten."""
        self._reach.set_on(False)
        self._work.stop()

    def learns_from(self, thread_id: str) -> bool:
        """Whether a conversation may teach, once learning is on: it may, unless its owner said otherwise."""
        return self._reach.learns_from(thread_id)

    def set_learns_from(self, thread_id: str, wanted: bool) -> None:
        """Let a conversation teach, or keep it out: of the next dataset, and of what is kept from now on."""
        self._reach.set_learns_from(thread_id, wanted)

    def refusal(self, turn: Answered) -> Refusal | None:
        """Why what is said of this answer is not kept to learn from; None where it is."""
        return self._reach.refusal(turn.thread_id, turn.id)

    # Review

    def status(self) -> LearningStatus:
        examples = self.review()
        taken = [example for example in examples if example.left_out is None]
        unfinished = self._records.runs.unfinished()
        active, versions = self.versions.active(), self.versions
        domain = None if unfinished is None else self._course.domain(unfinished)
        own = {one.domain_id: one.id for one in versions.in_use() if one.domain_id is not None}
        return LearningStatus(
            enabled=self.enabled,
            feedback=len(examples),
            examples=len(taken),
            left_out=len(examples) - len(taken),
            needed=CORRECTIONS_NEEDED,
            active_adapter=None if active is None else active.adapter_id,
            domain_adapters=own,
            answers=self._what_answers(active, own),
            training=self._work.under_way,
            resumable=unfinished is not None and not self._work.under_way,
            resumable_domain=domain,
            returned=versions.returned(),
            base_ratings=tallies(self._records.log.ratings()).get(None),
            withdrawn=versions.withdrawn(examples),
            other_base=versions.are_for_another_base(),
            untested=versions.untested(),
            failed=self.judging.failures(),
            trial=next(iter(versions.trials()), None),
            rival=self.comparing.rival(),
            signals=self._signals(),
            signals_kept=len(self.capture.signals()),
            kinds=kinds_of(taken),
            reasons=reasons_of(examples),
            origin=None if active is None else self._origin(active.adapter_id, examples),
        )

    def review(self) -> list[Example]:
        """What each piece of feedback would teach, masked as it would be trained on; oldest first."""
        return curate(self._records.log.all(), self._prompts.served, self._reach.permission(), self._mask)

    def trained_on(self, adapter_id: str) -> list[Example]:
        """What an adapter was trained on, as far as it is still kept; oldest first. Raises
        InputRefused("adapter_absent")."""
        dataset = self._records.datasets.get(self._records.registry.get(adapter_id).dataset_id)
        return [] if dataset is None else trained_on(dataset, self.review())

    def topics(self) -> Topics | None:
        """Whether the questions of late differ from what the adapter in use was trained on; None without one. It
        changes nothing: ratings do. It may take seconds."""
        return self._topics.topics()

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

    # Training

    def train(
        self,
        *,
        report: Heard = unheard,
        control: Control | None = None,
        layers: int | None = None,
        search: bool | None = None,
        domain: str | None = None,
    ) -> TrainReport:
        """Train an adapter on the curated examples, or on those of one domain (its id or name), and judge it; goes
        on with a run of the same that was cut short. `search` tries several ways first, which takes about six times as
        long; None is as the owner has set it.

        Raises InputRefused("learning_off"), ("domain_absent"), ("nothing_to_train"), Busy("training_busy"), or
        Interrupted with the checkpoint kept.
        """
        self._reach.required()
        with self._work.begun(control) as under:
            self.capture.expire()
            of = None if domain is None else self.domains.find(domain).id
            members, wanted = self._members(of), self._settings().search_training if search is None else search
            run = self._course.adapter(
                self.review(), layers, search=wanted, domain=of, members=members, report=report, control=under
            )
            gate = self.judging.gate(run.id, report=report, control=under)
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

    def shadow(self, adapter_id: str, *, report: Heard = unheard, control: Control | None = None) -> Shadow:
        """What a version would have answered since it was trained, of its own bin's questions where it is for one. See
        `Judging.shadow`."""
        members = self._members(self._records.registry.get(adapter_id).domain_id)
        return self.judging.shadow(adapter_id, members=members, report=report, control=control)

    def answering(self, turn_id: str | None, question: str) -> Answering:
        """What answers a question, by the bin it is of. Without a turn's id it is part of no trial."""
        domain = self.domains.nearest(question) if self.enabled else None
        return self.versions.answering(turn_id, domain)

    def make_way(self) -> AbstractContextManager[None]:
        """Let a training or test under way stand still for as long as the block runs: an answer must not wait."""
        return self._work.make_way()

    # Forgetting

    def what_depends(self, rows: Sequence[Feedback]) -> Dependants:
        """What forgetting `rows` would take with it."""
        plan = self._forgetting.plan(rows)
        doomed = [adapter for adapter in self.versions.all() if adapter.id in plan.adapters]
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
        if self._work.under_way and self._records.runs.unfinished() is None:  # what it trained on is gone
            self._work.stop()
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
            adapters=self.versions.all(destroyed=True),
            datasets=self._records.datasets.versions(),
            consents=self._records.consent.history(),
            audit=self._records.audit.entries(),
            trials=self.versions.trials(),
            uses=self.versions.uses(),
            side_by_sides=self.comparing.reports(),
        )

    def _erase(self, plan: Plan, beside: Callable[[apsw.Connection], None]) -> None:
        with self._records.database.write() as connection:
            self._forgetting.erase(connection, plan)
            beside(connection)
            self._records.audit.record(connection, "forgotten", items=len(plan.feedback), adapters=plan.adapters)
            self._records.trials.end(connection, "forgotten", of=plan.adapters)
            self._records.trials.drop_idle(connection)

    def _what_answers(self, active: AdapterInUse | None, own: Mapping[str, str]) -> str:
        """In words, from what answers where no domain's `own` does, and those by domain."""
        elsewhere = "base" if active is None else "adapter"
        if not own:
            return say(f"learning.answers_{elsewhere}")
        names = self.domains.names()
        groups = ", ".join(f"“{names[domain_id]}”" for domain_id in own)
        return say(f"learning.answers_groups_{elsewhere}", groups=groups, count=len(own))

    def _origin(self, adapter_id: str, examples: Sequence[Example]) -> Origin | None:
        dataset = self._records.datasets.get(self._records.registry.get(adapter_id).dataset_id)
        return None if dataset is None else origin_of(adapter_id, dataset, examples)

    def _members(self, domain: str | None) -> frozenset[str] | None:
        """Ids of the examples of a bin; None is all."""
        if domain is None:
            return None
        return frozenset(example for example, place in self.domains.places().items() if place == domain)

    def _review_one(self, example_id: str, *statements: str) -> Example:
        if not any(row.id == example_id for row in self._records.log.find(feedback_id=example_id)):
            raise InputRefused("example_absent", example=example_id)
        with self._records.database.write() as connection:
            for statement in statements:
                connection.execute(statement, (example_id, self._clock()))
        return next(example for example in self.review() if example.id == example_id)
