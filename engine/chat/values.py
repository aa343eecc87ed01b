"""The plain values of chat: threads, turns, prompt parts, citations, and the events of one streaming turn."""

from typing import Literal

from msgspec import Struct

from engine.learning.policies import Looked
from engine.learning.values import Arm
from engine.library.values import Scope
from engine.models.values import AdapterInUse, FinishReason, Sampling, Timings

PartKind = Literal["system", "preference", "memory", "passage", "history", "question"]


class PromptPart(Struct, frozen=True, kw_only=True):
    """A typed span of a prompt. `source_id` is the memory entry, chunk or turn it came from; passages keep no text
    here, only their chunk, so that deleting a document deletes its words everywhere."""

    kind: PartKind
    text: str | None
    source_id: str | None = None
    number: int | None = None


class Citation(Struct, frozen=True, kw_only=True):
    """A passage an answer cites, and the headings it stands under. `text` is None once the document was removed;
    `ocr`: it was read from a picture; `away` says why its file cannot be reached just now (see
    engine.library.values.Passage)."""

    number: int
    chunk_id: str
    document_id: str
    path: str | None
    page: int | None
    start: int
    end: int
    text: str | None
    ocr: bool = False
    heading: str = ""
    away: str = ""


class Route(Struct, frozen=True, kw_only=True):
    """What a turn drew on, and why, in words for the owner; in a trial, the arm that answered; while retrieval
    settings are tried, how the passages were chosen. `domain` is the bin of past questions that this one is most like,
    where it is like any; `comparison` is the id of the side-by-side it was made for as a draft; `survey` says that all
    files near the question were read, one by one."""

    documents: bool
    memory: bool
    adapter: str | None
    reason: str
    arm: Arm | None = None
    domain: str | None = None
    comparison: str | None = None
    looked: Looked | None = None
    survey: bool = False


class AskOptions(Struct, frozen=True, kw_only=True):
    """What the owner asks of one turn; None leaves it to the settings. `scope`: what of the documents may be searched;
    None leaves it as it is in the conversation, or was for a turn that is asked again. `compare`: whether it may come
    as two drafts, where that is drawn, or shall."""

    temperature: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    documents: bool = True
    memory: bool = True
    adapter: bool = True
    scope: Scope | None = None
    compare: Literal["never", "drawn", "always"] = "never"


class LogprobSummary(Struct, frozen=True):
    """The log-probabilities (nat) of an answer's tokens, in short."""

    tokens: int
    mean: float
    lowest: float


class Provenance(Struct, frozen=True, kw_only=True):
    """What made an answer, kept to learn from it: model, files, template, sampler with its seed, adapter."""

    model: str
    base_sha256: str
    serving_sha256: str
    template_sha256: str
    sampling: Sampling
    adapter: AdapterInUse | None
    logprobs: LogprobSummary | None = None


class Turn(Struct, frozen=True, kw_only=True):
    """A question and its answer. Siblings share a parent: of an edited question, or (same question) regenerated.

    `answer` is what counts: the owner's correction where there is one; `draft` stays what the model said. `scope` is
    what of the documents was searched. `sibling_ids` are all of this place in the conversation, this turn among them at
    `sibling_index`, oldest first.
    """

    id: str
    thread_id: str
    parent_id: str | None
    question: str
    answer: str
    draft: str
    finish: FinishReason
    citations: list[Citation]
    route: Route
    timings: Timings | None
    confidence: float | None
    created_ms: int
    rating: Literal["up", "down"] | None = None
    corrected: bool = False
    scope: Scope = Scope()
    sibling_index: int = 0
    sibling_ids: list[str] = []


class Thread(Struct, frozen=True, kw_only=True):
    """A conversation as the list shows it."""

    id: str
    title: str
    created_ms: int
    updated_ms: int
    turns: int


class Routed(Struct, frozen=True):
    """First event of a turn: its id, what it draws on, the passages beside the question."""

    turn_id: str
    thread_id: str
    route: Route
    citations: list[Citation]


class Delta(Struct, frozen=True):
    """More of the answer."""

    text: str


class Reading(Struct, frozen=True):
    """How far a turn is that reads all files on a subject, one by one. `eta_s` None: no honest estimate yet."""

    done: int
    total: int
    path: str
    eta_s: float | None


class Answered(Struct, frozen=True):
    """Last event: the turn as it was recorded."""

    turn: Turn


class Comparing(Struct, frozen=True):
    """First event of a turn that is answered twice: nothing of either draft is told until both are there."""

    turn_id: str
    thread_id: str


class Compared(Struct, frozen=True):
    """Last event of such a turn: two drafts to choose from, siblings. The left one stands until there is a choice."""

    left: Turn
    right: Turn


TurnEvent = Routed | Delta | Reading | Answered | Comparing | Compared
