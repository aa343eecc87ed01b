"""An assistant for the window's tests and for looking at it: the facade with everything in memory and a slow pen."""

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from engine.chat.values import (
    Answered,
    AskOptions,
    Citation,
    Compared,
    Comparing,
    Delta,
    Reading,
    Route,
    Routed,
    Thread,
    Turn,
    TurnEvent,
)
from engine.errors import HearthsideError, InputRefused
from engine.learning.curation.curate import kinds_of, reasons_of
from engine.learning.experiments.retrieval_report import RetrievalReport, retrieval_report
from engine.learning.experiments.side_by_side_report import side_by_side_reports
from engine.learning.experiments.trial_report import trial_report
from engine.learning.reach import Refusal
from engine.learning.records.comparisons import SideBySide
from engine.learning.records.feedback import Rated, Viewed
from engine.learning.topic_watch import Topics
from engine.learning.values import (
    Adapter,
    AdapterState,
    Arm,
    Choice,
    Dependants,
    Domain,
    Example,
    Feedback,
    ForgetReport,
    GateReport,
    LearningReport,
    LearningStatus,
    Origin,
    Returned,
    Score,
    Shadow,
    SignalKind,
    Signals,
    Tally,
    TrainingProgress,
    TrainReport,
    Trial,
    TrialAnswer,
    TrialEnding,
    TrialReport,
    Use,
)
from engine.library.scope import parts
from engine.library.values import (
    Collection,
    DocumentText,
    FileReport,
    FileState,
    IndexPlan,
    IndexReport,
    Kept,
    Kind,
    Passage,
    Root,
    RootStanding,
    Scope,
    ScopePart,
    Source,
    Standing,
)
from engine.memory.values import Entry, EntryKind
from engine.models.values import Message, ModelDescription, Timings
from engine.paths import ProfilePaths
from engine.privacy.values import AuditEntry
from engine.progress import Control, Progress, Report, unreported
from engine.settings import Settings
from engine.words import say
from engine.workers.values import Walls

_ids = (f"{number:08x}-0000-7000-8000-000000000000" for number in itertools.count(1))

ANSWER = """The lease ends on **31 March 2027**, with three months' notice [1]. Before you leave:

1. Give notice *in writing* by 31 December.
2. Agree a date for the inspection.
3. Hand back all `3` keys.

The deposit is returned within 30 days [2], less what is owed.

```python
from datetime import date

def days_left(today: date) -> int:
    \"\"\"Days until the lease ends.\"\"\"
    return (date(2027, 3, 31) - today).days
```

| What | When |
|---|---|
| Notice | 31 December 2026 |
| Inspection | 24 March 2027 |
| Keys | 31 March 2027 |
"""
LEASE = "Contract of lease.\n\n" + "The parties agree as follows. " * 40 + "\n\n"
CLAUSE = "§ 12  The lease ends on 31 March 2027. Notice is three months, in writing."
DEPOSIT = "§ 14  The deposit is returned within 30 days of the keys, less what is owed."


_PLAIN = AskOptions()


class FakeChat:
    """Threads and turns in memory. `script` is the answer; `gate` holds the stream until set; `fail_with` breaks it.
    With `drafts` every turn that may is answered twice, by these; with `readings` these files are read before it."""

    def __init__(self, pace_s: float = 0.0) -> None:
        self.script = ANSWER
        self.pace_s = pace_s
        self.gate = threading.Event()
        self.gate.set()
        self.fail_with: Exception | None = None
        self.drafts: tuple[str, str] | None = None
        self.readings: list[str] = []
        self.asked: list[tuple[str, AskOptions]] = []
        self._turns: dict[str, Turn] = {}
        self._threads: dict[str, Thread] = {}
        self._leaf: dict[str, str] = {}
        self._hidden: set[str] = set()
        self.scopes: dict[str, Scope] = {}

    def scope(self, thread_id: str | None) -> Scope:
        return self.scopes.get(thread_id or "", Scope())

    def set_scope(self, thread_id: str, scope: Scope) -> None:
        self.scopes[thread_id] = scope

    def ask(
        self,
        question: str,
        *,
        thread_id: str | None = None,
        options: AskOptions = _PLAIN,
        control: Control | None = None,
    ) -> Iterator[TurnEvent]:
        if not question.strip():
            raise InputRefused("question_empty")
        if thread_id is None:
            thread_id = next(_ids)
            self._threads[thread_id] = Thread(id=thread_id, title=question[:60], created_ms=0, updated_ms=0, turns=0)
        self.scopes[thread_id] = self.scope(thread_id) if options.scope is None else options.scope
        parent = self._leaf.get(thread_id)
        if self.drafts is not None and options.compare == "drawn":
            yield from self._compare(question, thread_id, parent, options, control or Control())
        else:
            yield from self._answer(question, thread_id, parent, options, control)

    def regenerate(
        self, turn_id: str, *, options: AskOptions = _PLAIN, control: Control | None = None
    ) -> Iterator[TurnEvent]:
        turn = self._turns[turn_id]
        yield from self._answer(turn.question, turn.thread_id, turn.parent_id, options, control)

    def edit(
        self, turn_id: str, question: str, *, options: AskOptions = _PLAIN, control: Control | None = None
    ) -> Iterator[TurnEvent]:
        turn = self._turns[turn_id]
        yield from self._answer(question, turn.thread_id, turn.parent_id, options, control)

    def threads(self, search: str = "") -> list[Thread]:
        found = [thread for thread in self._threads.values() if search.lower() in thread.title.lower()]
        return [thread for thread in reversed(found) if thread.id not in self._hidden]

    def turns(self, thread_id: str) -> list[Turn]:
        branch: list[Turn] = []
        at = self._leaf.get(thread_id)
        while at is not None:
            branch.insert(0, self.turn(at))
            at = self._turns[at].parent_id
        return branch

    def turn(self, turn_id: str) -> Turn:
        turn = self._turns[turn_id]
        siblings = [
            t.id for t in self._turns.values() if (t.thread_id, t.parent_id) == (turn.thread_id, turn.parent_id)
        ]
        return msgspec.structs.replace(turn, sibling_ids=siblings, sibling_index=siblings.index(turn_id))

    def choose(self, turn_id: str) -> list[Turn]:
        thread_id = self._turns[turn_id].thread_id
        self._leaf[thread_id] = turn_id
        return self.turns(thread_id)

    def rename(self, thread_id: str, title: str) -> None:
        self._threads[thread_id] = msgspec.structs.replace(self._threads[thread_id], title=title)

    def delete_thread(self, thread_id: str) -> None:
        self._hidden.add(thread_id)

    def restore_thread(self, thread_id: str) -> None:
        self._hidden.discard(thread_id)

    def change(self, turn_id: str, **changes: Any) -> Turn:
        self._turns[turn_id] = msgspec.structs.replace(self._turns[turn_id], **changes)
        return self.turn(turn_id)

    def _compare(
        self, question: str, thread_id: str, parent: str | None, options: AskOptions, control: Control
    ) -> Iterator[TurnEvent]:
        self.asked.append((question, options))
        assert self.drafts is not None
        left, right = (_turn(next(_ids), thread_id, parent, question) for _ in range(2))
        self._turns[left.id] = left
        self._leaf[thread_id] = left.id
        yield Comparing(left.id, thread_id)
        while not self.gate.wait(0.01) and not control.cancelled:
            pass
        if control.cancelled:
            yield Answered(self.change(left.id, answer=self.drafts[0], draft=self.drafts[0]))
            return
        self._turns[right.id] = right
        for turn, said in zip((left, right), self.drafts, strict=True):
            self.change(turn.id, answer=said, draft=said, finish="stop", timings=_TIMINGS)
        yield Compared(self.turn(left.id), self.turn(right.id))

    def _answer(
        self, question: str, thread_id: str, parent: str | None, options: AskOptions, control: Control | None
    ) -> Iterator[TurnEvent]:
        self.asked.append((question, options))
        control = control or Control()
        turn = _turn(next(_ids), thread_id, parent, question)
        self._turns[turn.id] = turn
        self._leaf[thread_id] = turn.id
        if self.fail_with is not None:
            raise self.fail_with
        yield Routed(turn.id, thread_id, turn.route, turn.citations)
        for done, path in enumerate(self.readings):
            yield Reading(done, len(self.readings), path, 20.0 if done else None)
            while not self.gate.wait(0.01) and not control.cancelled:
                pass
            if not control.cancelled:
                control.checkpoint()
        said = ""
        for word in self.script.split(" "):
            while not self.gate.wait(0.01) and not control.cancelled:
                pass
            if control.cancelled:
                break
            piece = f" {word}" if said else word
            said += piece
            yield Delta(piece)
            if self.pace_s:
                time.sleep(self.pace_s)
        finish = "cancelled" if control.cancelled else "stop"
        yield Answered(self.change(turn.id, answer=said, draft=said, finish=finish, timings=_TIMINGS))


_TIMINGS = Timings(
    first_token_ms=310, prompt_tokens=412, reused_tokens=96, prompt_tokens_per_s=420, tokens=180, tokens_per_s=61
)


def _turn(turn_id: str, thread_id: str, parent: str | None, question: str) -> Turn:
    start = len(LEASE)
    citations = [
        Citation(
            number=1, chunk_id="chunk-1", document_id="lease", path="/home/ada/Documents/flat/lease-2024.pdf",
            page=3, start=start, end=start + len(CLAUSE), text=CLAUSE,
        ),
        Citation(
            number=2, chunk_id="chunk-gone", document_id="gone", path=None, page=None, start=0, end=9, text=None
        ),
    ]  # fmt: skip
    reason = "Looked in your documents: two passages match the question. One preference was kept in mind."
    return Turn(
        id=turn_id, thread_id=thread_id, parent_id=parent, question=question, answer="", draft="", finish="cancelled",
        citations=citations, route=Route(documents=True, memory=True, adapter=None, reason=reason), timings=None,
        confidence=0.8, created_ms=0,
    )  # fmt: skip


class FakePages:
    """Of no document here a page can be drawn; `closed` counts how often the worker was let go."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


class FakeCollections:
    """By hand; what is named twice, or not at all, is refused as it would be."""

    def __init__(self, library: "FakeLibrary") -> None:
        self._library = library
        self.kept: dict[str, tuple[str, tuple[str, ...]]] = {}

    def all(self) -> list[Collection]:
        return [self.get(one) for one in self.kept]

    def get(self, which: str) -> Collection:
        if which not in self.kept:
            raise InputRefused("collection_absent", name=which)
        name, places = self.kept[which]
        files = [path for path in self._library.states if any(path.startswith(place) for place in places)]
        return Collection(id=which, name=name, places=places, files=len(files))

    def names(self) -> dict[str, str]:
        return {row: name for row, (name, _) in self.kept.items()}

    def new(self, name: str, places: Sequence[str] = ()) -> Collection:
        return self.change(next(_ids), name, places)

    def change(self, collection_id: str, name: str, places: Sequence[str]) -> Collection:
        if not name.strip():
            raise InputRefused("collection_unnamed")
        if any(other == name and row != collection_id for row, (other, _) in self.kept.items()):
            raise InputRefused("collection_name_taken", name=name)
        self.kept[collection_id] = name, tuple(places)
        return self.get(collection_id)

    def put(self, collection_id: str, places: Sequence[str]) -> Collection:
        name, held = self.kept[collection_id]
        return self.change(collection_id, name, list(dict.fromkeys([*held, *places])))

    def delete(self, collection_id: str) -> None:
        del self.kept[collection_id]


class FakeLibrary:
    """Files by path. `paths_seen` records what was added; `gate` holds indexing until set."""

    def __init__(self, pace_s: float = 0.0) -> None:
        self.pace_s = pace_s
        self.gate = threading.Event()
        self.gate.set()
        self.states: dict[str, FileReport] = {}
        self.root_paths: list[str] = []
        self.kept_from_teaching: set[str] = set()
        self.patterns: dict[str, str] = {}
        self.planned: list[str | None] = []
        self.standing = Standing.SAME
        self.pages = FakePages()
        self.looked_at: list[str | None] = []
        self.collections = FakeCollections(self)

    def scope_parts(self, scope: Scope) -> list[ScopePart]:
        return list(parts(scope, self.collections.names()))

    def types(self) -> dict[str, int]:
        return {"txt": len(self.states)} if self.states else {}

    def add(
        self,
        paths: Sequence[Path],
        *,
        report: Report = unreported,
        control: Control | None = None,
        may_teach: bool | None = None,
        patterns: str | None = None,
    ) -> IndexReport:
        for path in map(str, paths):
            if may_teach is not None:
                self.let_teach(Path(path), may_teach)
            if patterns is not None:
                self.patterns[path] = patterns
        self.root_paths += [str(path) for path in paths if str(path) not in self.root_paths]
        names = [str(path / f"note-{number}.txt") for path in paths for number in range(12)]
        for done, name in enumerate(names):
            while not self.gate.wait(0.01) and not (control and control.cancelled):
                pass
            if control:
                control.checkpoint()
            report(Progress(done, len(names), name, eta_s=(len(names) - done) * 2.0))
            self.states[name] = FileReport(path=name, state=FileState.INDEXED, reason="", chunks=3, size=900)
            if self.pace_s:
                time.sleep(self.pace_s)
        return IndexReport(self.files(), sum(file.chunks for file in self.files()), 1.0, len(names))

    def plan(
        self,
        paths: Sequence[Path],
        *,
        patterns: str | None = None,
        report: Report = unreported,
        control: Control | None = None,
    ) -> IndexPlan:
        """Twelve notes a folder, and a picture that is not read; `gate` holds the counting too."""
        self.planned.append(patterns)
        while not self.gate.wait(0.01) and not (control and control.cancelled):
            report(Progress(7, 0, "/x"))
        if control:
            control.checkpoint()
        if patterns == "!":
            raise InputRefused("pattern_invalid", pattern=patterns)
        files = 12 * len(paths)
        return IndexPlan(
            files=[], by_type={".txt": files}, bytes=900 * files, seconds_estimated=3.0, seconds_measured=False,
            bytes_estimated=4000 * files, reading=[Kind(".txt", files, 900 * files)], unchanged=0,
            skipped={"picture": 1},
        )  # fmt: skip

    def refresh(
        self, root: str | None = None, *, report: Report = unreported, control: Control | None = None
    ) -> IndexReport:
        self.looked_at.append(root)
        return self.add([], report=report, control=control)

    def roots(self) -> list[Root]:
        return [
            Root(
                path=path,
                files=12,
                chunks=36,
                may_teach=path not in self.kept_from_teaching,
                patterns=self.patterns.get(path, ""),
            )
            for path in self.root_paths
        ]

    def let_teach(self, path: Path, wanted: bool) -> None:
        (self.kept_from_teaching.discard if wanted else self.kept_from_teaching.add)(str(path))

    def files(self, root: str | None = None) -> list[FileReport]:
        return [file for file in self.states.values() if root is None or file.path.startswith(root)]

    def remove(self, path: Path) -> int:
        gone = [name for name in self.states if name.startswith(str(path))]
        if not gone and str(path) not in self.root_paths:
            raise InputRefused("root_absent", path=str(path))
        for name in gone:
            del self.states[name]
        self.root_paths = [root for root in self.root_paths if root != str(path)]
        return len(gone)

    def passage(self, chunk_id: str) -> Passage | None:
        if chunk_id != "chunk-1":
            return None
        return Passage(
            chunk_id=chunk_id, document_id="lease", path="/home/ada/Documents/flat/lease-2024.pdf", page=3,
            start=len(LEASE), end=len(LEASE) + len(CLAUSE), text=CLAUSE,
        )  # fmt: skip

    def source(self, chunk_id: str) -> Source | None:
        passage = self.passage(chunk_id)
        if passage is None:
            return None
        document = self.text(passage.document_id)
        start = -1 if document is None else document.text.find(passage.text)
        return Source(
            passage=passage, document=document, standing=self.standing, drawn=False,
            start=None if start < 0 else start, end=None if start < 0 else start + len(passage.text),
        )  # fmt: skip

    def text(self, document_id: str) -> DocumentText | None:
        if document_id != "lease":
            return None
        return DocumentText(
            document_id=document_id,
            path="/home/ada/Documents/flat/lease-2024.pdf",
            text=f"{LEASE}{CLAUSE}\n\n{DEPOSIT}",
        )

    def counts(self) -> tuple[int, int]:
        return len(self.states), sum(file.chunks for file in self.states.values())


class FakeKeeping:
    """Tells of each root what `told` says, by path; "Up to date" of the others."""

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library
        self.told: dict[str, RootStanding] = {}
        self.changes = 0
        self.trouble: HearthsideError | None = None
        self.started = False

    def start(self) -> None:
        self.started = True

    def pause(self) -> None:
        self.told = {path: msgspec.structs.replace(one, state="paused") for path, one in self.told.items()}

    def resume(self) -> None:
        self.told = {path: msgspec.structs.replace(one, state="catching_up") for path, one in self.told.items()}

    def kept(self) -> Kept:
        paths = self._library.root_paths
        standings = [self.told.get(path, RootStanding(path=path, state="current")) for path in paths]
        return Kept(standings, self.changes, self.trouble)


class FakePrivateWords:
    def __init__(self) -> None:
        self.kept: list[str] = []

    def all(self) -> list[str]:
        return sorted(self.kept)

    def add(self, word: str) -> None:
        if len(word) < 2:
            raise InputRefused("private_word_unfit", word=word)
        self.kept.append(word)

    def remove(self, word: str) -> None:
        self.kept.remove(word)


class FakeMemory:
    def __init__(self) -> None:
        self.kept: dict[str, Entry] = {}

    def prefer(self, text: str) -> Entry:
        return self._keep(Entry(id=next(_ids), kind=EntryKind.PREFERENCE, text=text, created_ms=1_700_000_000_000))

    def remember_correction(self, question: str, answer: str, feedback_id: str | None) -> Entry:
        return self._keep(
            Entry(
                id=next(_ids), kind=EntryKind.CORRECTION, text=answer, question=question, created_ms=1_700_000_000_000
            )
        )

    def entries(self) -> list[Entry]:
        return list(self.kept.values())

    def edit(self, entry_id: str, text: str) -> Entry:
        return self._keep(msgspec.structs.replace(self.kept[entry_id], text=text, edited_ms=1_700_000_100_000))

    def delete(self, entry_id: str) -> Entry:
        return self.kept.pop(entry_id)

    def restore(self, entry: Entry) -> None:
        self._keep(entry)

    def _keep(self, entry: Entry) -> Entry:
        self.kept[entry.id] = entry
        return entry


class FakeDomains:
    """Groups by hand: `kept` are the groups, `at` says in which each example lies."""

    def __init__(self) -> None:
        self.kept: list[Domain] = []
        self.at: dict[str, str] = {}

    def all(self) -> list[Domain]:
        return list(self.kept)

    def places(self) -> dict[str, str]:
        return dict(self.at)

    def add(self, name: str, examples: int, *, named: bool = True, adapter: str | None = None) -> Domain:
        made = Domain(
            id=next(_ids), name=name, named=named, examples=examples, corrections=examples, needed=36, adapter=adapter
        )
        self.kept.append(made)
        return made

    def rename(self, domain_id: str, name: str) -> None:
        if not name.strip():
            raise InputRefused("domain_unnamed")
        self.kept = [
            msgspec.structs.replace(one, name=name, named=True) if one.id == domain_id else one for one in self.kept
        ]

    def move(self, example_id: str, name: str) -> Domain:
        into = next((one for one in self.kept if name in {one.id, one.name}), None) or self.add(name, 1)
        self.at[example_id] = into.id
        return into


class FakeRetrieval:
    """Of `share` of the questions; `viewed` are the judged answers."""

    def __init__(self) -> None:
        self.share = 0.0
        self.viewed: list[Viewed] = []

    def report(self) -> RetrievalReport:
        return retrieval_report(self.viewed, self.share)


class FakeLearning:
    """Trains by falling numbers. `verdict` is what the gate will say."""

    def __init__(self, pace_s: float = 0.0) -> None:
        self.capture = self.judging = self.versions = self.unasked = self
        self.domains = FakeDomains()
        self.trained_for: list[str | None] = []
        self.retrieval = FakeRetrieval()
        self.changed: Topics | None = None
        self.news: list[str] = []
        self.answers = ""
        self.may = self.on_mains = True
        self.pace_s = pace_s
        self.enabled = False
        self.verdict: Literal["promote", "reject", "not_enough_data"] = "promote"
        self.gate_event = threading.Event()
        self.gate_event.set()
        self.full_verdict: Literal["promote", "reject"] = "promote"
        self.test_event = threading.Event()
        self.test_event.set()
        self.failed: list[str] = []
        self.examples: list[Example] = []
        self.made: list[Adapter] = []
        self.steps = 24
        self.needed = 8
        self.forgotten: list[dict[str, Any]] = []
        self.returned: Returned | None = None
        self.ratings: Tally | None = None
        self.withdrawn = 0
        self.making_way = 0
        self.other_base = False
        self.kept_anyway: list[str] = []
        self.tried: list[TrialReport] = []
        self.trial_liked = ((3, 4), (12, 20))
        self.rival: str | None = None
        self.side_by_sides: list[SideBySide] = []
        self.refused_chats: set[str] = set()
        self.said_in: set[str] = set()
        self.signals: list[Signals] = []
        self.used: list[Use] = []
        self.origin: Origin | None = None
        self.trained_ids: set[str] = set()

    def feedback(self, *, everything: bool) -> list[Feedback]:
        return [Feedback(id=next(_ids), kind="thumb", prompt=[], thread_id=thread) for thread in self.said_in]

    @contextlib.contextmanager
    def make_way(self) -> Iterator[None]:
        self.making_way += 1
        yield
        self.making_way -= 1

    def may_begin(self) -> bool:
        return self.may

    def may_go_on(self) -> bool:
        return self.on_mains

    def learns_from(self, thread_id: str) -> bool:
        return thread_id not in self.refused_chats

    def set_learns_from(self, thread_id: str, wanted: bool) -> None:
        (self.refused_chats.discard if wanted else self.refused_chats.add)(thread_id)

    def refusal(self, turn: Turn) -> Refusal | None:
        if not self.enabled:
            return "off"
        return None if self.learns_from(turn.thread_id) else "chat"

    def turn_on(self) -> None:
        self.enabled = True
        self.news.clear()

    def page_news(self) -> list[str]:
        return list(self.news)

    def turn_off(self) -> None:
        self.enabled = False

    def status(self) -> LearningStatus:
        out = sum(example.left_out is not None for example in self.examples)
        active = next((version.id for version in self.made if version.state is AdapterState.ACTIVE), None)
        answers = say(f"learning.answers_{'base' if active is None else 'adapter'}")
        return LearningStatus(
            enabled=self.enabled, feedback=len(self.examples), examples=len(self.examples) - out, left_out=out,
            needed=self.needed, active_adapter=active, answers=self.answers or answers,
            training=False, resumable=False, returned=self.returned,
            untested=next(
                (one.id for one in self.made if one.state is AdapterState.ACTIVE and one.full_gate is None), None
            ),
            failed=self.failed,
            base_ratings=self.ratings, withdrawn=self.withdrawn,
            other_base=self.other_base, trial=self.tried[-1] if self.tried else None,
            rival=self.rival, signals=self.signals,
            signals_kept=sum(one.copied + one.asked_again + one.complaints for one in self.signals),
            kinds=kinds_of([example for example in self.examples if example.left_out is None]),
            reasons=reasons_of(self.examples),
            origin=self.origin,
        )  # fmt: skip

    def topics(self) -> Topics | None:
        return self.changed

    def review(self) -> list[Example]:
        return list(self.examples)

    def trained_on(self, adapter_id: str) -> list[Example]:
        self.get(adapter_id)
        return [example for example in self.examples if example.id in self.trained_ids]

    def leave_out(self, example_id: str) -> None:
        self._set_left_out(example_id, "left_out_by_owner")

    def keep_anyway(self, example_id: str) -> None:
        self.kept_anyway.append(example_id)
        self.take_back(example_id)

    def take_back(self, example_id: str) -> None:
        self._set_left_out(example_id, None)

    def add_examples(self, count: int) -> None:
        for number in range(count):
            self.examples.append(
                Example(
                    id=next(_ids), feedback_id=f"feedback-{number}",
                    prompt=[Message("user", f"Write a subject line for the meeting on day {number}")],
                    target=f"Meeting day {number}: agenda and room", redactions=number % 3,
                )
            )  # fmt: skip

    def train(
        self, *, report: Callable[[TrainingProgress], None], control: Control, domain: str | None = None
    ) -> TrainReport:
        self.trained_for.append(domain)
        losses = []
        report(TrainingProgress(phase="preparing", step=0, steps=self.steps, loss=None, tokens_per_s=0, eta_s=None))
        for step in range(1, self.steps + 1):
            while not self.gate_event.wait(0.01) and not control.cancelled:
                pass
            control.checkpoint()
            losses.append(4.8 / (1 + step / 6) + 0.25 * (step % 3))
            eta = (self.steps - step) * 1.5
            report(
                TrainingProgress(
                    phase="training", step=step, steps=self.steps, loss=losses[-1], tokens_per_s=410, eta_s=eta
                )
            )
            if self.pace_s:
                time.sleep(self.pace_s)
        report(
            TrainingProgress(phase="gating", step=self.steps, steps=self.steps, loss=None, tokens_per_s=0, eta_s=None)
        )
        return self._finish(losses)

    def report(self) -> LearningReport:
        audit = [
            AuditEntry(id=2, action="adapter_promoted", fields={}, at_ms=1_700_000_600_000),
            AuditEntry(id=1, action="learning_on", fields={}, at_ms=1_700_000_000_000),
        ]
        return LearningReport(status=self.status(), adapters=self.made, datasets=[], consents=[], audit=audit)

    def test_fully(
        self, adapter_id: str, *, report: Callable[[TrainingProgress], None], control: Control
    ) -> GateReport:
        for step in range(1, 4):
            while not self.test_event.wait(0.01):
                control.checkpoint()
            report(TrainingProgress(phase="gating", step=step, steps=3, loss=None, tokens_per_s=0, eta_s=None))
        gate = GateReport(
            verdict=self.full_verdict,
            reasons=["It follows 60 of 100 instructions, the plain model 61."],
            scores=[
                Score(name="full_instructions", candidate=0.6, reference=0.61, difference=-0.01, low=-0.05, high=0.03)
            ],
        )
        state = {} if self.full_verdict == "promote" else {"state": AdapterState.REJECTED}
        self.made = [
            msgspec.structs.replace(one, full_gate=gate, **state) if one.id == adapter_id else one for one in self.made
        ]
        self.failed = [] if self.full_verdict == "promote" else gate.reasons
        return gate

    def shadow(self, adapter_id: str, *, report: Callable[[TrainingProgress], None], control: Control) -> Shadow:
        while not self.test_event.wait(0.01):
            control.checkpoint()
        report(TrainingProgress(phase="gating", step=1, steps=1, loss=None, tokens_per_s=0, eta_s=None))
        score = Score(name="since_learned", candidate=-2.5, reference=-3, difference=0.5, low=0.2, high=0.8)
        told = GateReport(verdict="promote", reasons=["It comes nearer to what you wanted."], scores=[score])
        shadow = Shadow(against=None, at_ms=1_700_000_000_000, report=told)
        self.made = [msgspec.structs.replace(one, shadow=shadow) if one.id == adapter_id else one for one in self.made]
        return shadow

    def uses(self) -> list[Use]:
        return list(self.used)

    def get(self, adapter_id: str) -> Adapter:
        found = [one for one in self.made if one.id == adapter_id and one.destroyed_ms is None]
        if not found:
            raise InputRefused("adapter_absent", adapter=adapter_id)
        return found[0]

    def all(self, *, destroyed: bool = False) -> list[Adapter]:
        tried = {report.trial.adapter: report for report in self.tried}
        signals = {one.adapter: one for one in self.signals}
        return [
            msgspec.structs.replace(
                version,
                ratings=self.ratings,
                trial=tried.get(version.id),
                signals=signals.get(version.id),
                side_by_sides=side_by_side_reports(
                    [row for row in self.side_by_sides if row.left_adapter == version.id]
                ),
            )
            for version in reversed(self.made)
            if destroyed or version.destroyed_ms is None
        ]

    def promote(self, adapter_id: str, *, force: bool = False) -> Adapter:
        self.made = [
            msgspec.structs.replace(v, state=AdapterState.RETIRED) if v.state is AdapterState.ACTIVE else v
            for v in self.made
        ]
        self._end_trial("kept")
        return self._set_state(adapter_id, AdapterState.ACTIVE)

    def try_out(self, adapter_id: str, share: float) -> Trial:
        trial = Trial(id=next(_ids), adapter=adapter_id, against=None, share=share, seed=7, begun_ms=1_700_000_000_000)
        self.tried.append(trial_report(trial, self.trial_ratings(trial), (12, 48)))
        self._set_state(adapter_id, AdapterState.ON_TRIAL)
        return trial

    def trial_ratings(self, trial: Trial) -> list[Rated]:
        """`trial_liked` of so many of each arm."""
        rated = []
        for tried, (liked, of) in zip((True, False), self.trial_liked, strict=True):
            arm = Arm(trial=trial.id, tried=tried, propensity=trial.share if tried else 1 - trial.share)
            rated += [Rated(number < liked, None, 0, arm) for number in range(of)]
        return rated

    def pick(self, adapter_id: str, *, wins: int, losses: int) -> None:
        """As if so many drafts of an adapter had been picked, and not, beside the base model's."""
        self.side_by_sides += [
            SideBySide(
                id=next(_ids), thread_id="thread", left=next(_ids), right=next(_ids), left_adapter=adapter_id,
                right_adapter=None, rival="left", serving_sha256="c2" * 32, propensity=0.1, consent_version=1,
                created_ms=number, choice="left" if number < wins else "right", chosen_ms=number,
            )
            for number in range(wins + losses)
        ]  # fmt: skip

    def end_trial(self) -> TrialReport:
        adapter_id = self.tried[-1].trial.adapter
        self._end_trial("ended")
        self._set_state(adapter_id, AdapterState.CANDIDATE)
        return self.tried[-1]

    def _end_trial(self, ending: TrialEnding) -> None:
        if self.tried and self.tried[-1].trial.ending is None:
            trial = msgspec.structs.replace(self.tried[-1].trial, ended_ms=1_700_000_900_000, ending=ending)
            self.tried[-1] = trial_report(trial, self.trial_ratings(trial), (12, 48))

    def roll_back(self, domain_id: str | None = None) -> Adapter | None:
        active = next((v for v in self.made if v.state is AdapterState.ACTIVE), None)
        if active is None:
            raise HearthsideError("unexpected", reason="nothing to roll back")
        self._set_state(active.id, AdapterState.RETIRED)
        return None

    def delete(self, adapter_id: str) -> None:
        if self.tried and self.tried[-1].trial.adapter == adapter_id:
            self._end_trial("deleted")
        self.made = [version for version in self.made if version.id != adapter_id]

    def _set_state(self, adapter_id: str, state: AdapterState) -> Adapter:
        self.made = [msgspec.structs.replace(v, state=state) if v.id == adapter_id else v for v in self.made]
        return next(version for version in self.made if version.id == adapter_id)

    def _set_left_out(self, example_id: str, why: str | None) -> None:
        self.examples = [
            msgspec.structs.replace(example, left_out=why) if example.id == example_id else example
            for example in self.examples
        ]

    def _finish(self, losses: list[float]) -> TrainReport:
        gate = GateReport(
            verdict=self.verdict,
            reasons=["On your held-out corrections it is better than what is in use, by more than chance."],
            scores=[
                Score(
                    name="held_out_vs_base", candidate=-3.18, reference=-4.84, difference=1.66, low=1.3, high=2.0
                ),
                Score(name="reference_text", candidate=-2.91, reference=-2.88, difference=-0.03),
                Score(name="instructions", candidate=0.9, reference=0.933, difference=-0.033),
            ],
        )  # fmt: skip
        state = AdapterState.REJECTED if self.verdict == "reject" else AdapterState.CANDIDATE
        adapter = Adapter(
            id=next(_ids), state=state, base_sha256="b1" * 32, serving_sha256="c2" * 32, dataset_id="d", examples=18,
            held_out=4, parent_id=None, layers=16, rank=8, gate=gate, losses=losses, created_ms=1_700_000_000_000,
            domain_id=self.trained_for[-1],
            divergences=[0.021, 0.1], scale=0.5,
        )  # fmt: skip
        self.made.append(adapter)
        return TrainReport(
            adapter=adapter.id, examples=18, held_out=4, tokens=9000, tokens_per_s=410, seconds=36, gate=gate
        )


class FakeModels:
    def listed(self) -> list[ModelDescription]:
        return [
            ModelDescription(
                name="smollm2-135m-instruct", title="SmolLM2 135M Instruct", licence="Apache-2.0", base_sha256="b1",
                serving_sha256="c2", serving_format="Q8_0", template_sha256="t", base_path="/models/in.gguf",
                path="/models/a.gguf", context_tokens=8192,
            )
        ]  # fmt: skip


class FakeIncognito:
    """A chat of its own, and judgements that reach nothing else."""

    def __init__(self, pace_s: float) -> None:
        self.chat = FakeChat(pace_s)
        self.closed = threading.Event()

    def rate(self, turn_id: str, rating: Literal["up", "down"] | None) -> tuple[Turn, None]:
        return self.chat.change(turn_id, rating=rating), None

    def correct(self, turn_id: str, text: str) -> Turn:
        return self.chat.change(turn_id, answer=text, corrected=True)

    def prefer(self, turn_id: str) -> Turn:
        return self.chat.turn(turn_id)

    def close(self) -> None:
        self.closed.set()


class FakeAssistant:
    """The facade the window is written against. `pace_s` slows answers, indexing and training for looking at."""

    def __init__(self, pace_s: float = 0.0) -> None:
        self.chat = FakeChat(pace_s)
        self.library = FakeLibrary(pace_s)
        self.keeping = FakeKeeping(self.library)
        self.memory = FakeMemory()
        self.private_words = FakePrivateWords()
        self.learning = FakeLearning(pace_s)
        self.models = FakeModels()
        self.settings = Settings()
        self.refused = Walls(files=True, network=True, programs=True, memory=True)
        self.paths = ProfilePaths(Path("/home/ada/.local/share/hearthside/profiles/default"))
        self.closed = False
        self.incognitos: list[FakeIncognito] = []
        self._pace_s = pace_s
        self.calls: list[tuple[Any, ...]] = []
        self.noticed: list[tuple[str, ...]] = []

    def note(self, turn_id: str, kind: SignalKind) -> None:
        self.noticed.append((kind, turn_id))

    def heed(self, turn_id: str) -> None:
        self.noticed.append(("heed", turn_id))

    def change_settings(self, settings: Settings) -> None:
        if self.learning.news and settings.try_retrieval > self.settings.try_retrieval:
            raise InputRefused("consent_older", settings="other passages")
        self.settings = settings

    def walls(self) -> Walls:
        return self.refused

    def incognito(self) -> FakeIncognito:
        self.incognitos.append(FakeIncognito(self._pace_s))
        return self.incognitos[-1]

    def rate(
        self, turn_id: str, rating: Literal["up", "down"] | None, reason: str = ""
    ) -> tuple[Turn, Returned | None]:
        self.calls.append(("rate", turn_id, rating))
        return self.chat.change(turn_id, rating=rating), self.learning.returned

    def correct(self, turn_id: str, text: str) -> Turn:
        self.calls.append(("correct", turn_id, text))
        return self.chat.change(turn_id, answer=text, corrected=True)

    def prefer(self, turn_id: str) -> Turn:
        self.calls.append(("prefer", turn_id))
        return self.chat.turn(turn_id)

    def choose(self, turn_id: str, choice: Choice) -> Turn:
        self.calls.append(("choose", turn_id, choice))
        left, right = self.chat.turn(turn_id).sibling_ids[-2:]
        return self.chat.choose(right if choice == "right" else left)[-1]

    def compare(self, adapter_id: str, share: float) -> None:
        self.learning.rival = adapter_id
        self.settings = msgspec.structs.replace(self.settings, side_by_side=share)

    def stop_comparing(self) -> None:
        self.learning.rival = None
        self.settings = msgspec.structs.replace(self.settings, side_by_side=0.0)

    def trial_answers(self, trial_id: str) -> list[TrialAnswer]:
        return [
            TrialAnswer(
                turn=next(_ids), thread="t", question=f"When does lease {number} end, and who must be told in writing?",
                tried=number % 3 == 0, propensity=0.2, rating=("up", "down", None)[number % 3],
                created_ms=1_700_000_000_000,
            )
            for number in range(12)
        ]  # fmt: skip

    def what_depends(self, **what: Any) -> Dependants:
        adapters = self.learning.made if what.get("everything") else []
        items = len(self.learning.examples) + self.learning.status().signals_kept
        return Dependants(items=items, datasets=1, adapters=adapters, memories=2)

    def forget(self, **what: Any) -> ForgetReport:
        self.calls.append(("forget", what))
        self.learning.forgotten.append(what)
        if what.get("everything"):
            self.learning.examples.clear()
            self.learning.made.clear()
        elif "feedback_id" in what:
            self.learning.examples = [e for e in self.learning.examples if e.feedback_id != what["feedback_id"]]
        return ForgetReport(items=1, adapters_destroyed=[], backups_rewritten=1, retrain_offered=True)

    def back_up(self) -> None:
        self.calls.append(("back_up",))

    def close(self) -> None:
        self.closed = True
