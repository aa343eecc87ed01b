"""The chat room's door: ask, and find, branch, judge and delete what was asked."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import apsw
from msgspec.structs import replace

from engine.chat.answer import Answer, citations
from engine.chat.fit import accept_question, answer_room, fitted
from engine.chat.prompt import Prompt, wording
from engine.chat.rebuild import prompt_as_it_was
from engine.chat.router import Material, Router, route
from engine.chat.side_by_side import Place, SideBySides
from engine.chat.survey import TOKENS, Found, Surveys
from engine.chat.threads import Threads
from engine.chat.turns import Turns
from engine.chat.values import AskOptions, Provenance, Routed, Thread, Turn, TurnEvent
from engine.clock import Clock
from engine.errors import InputRefused
from engine.learning.experiments.comparing import Comparing
from engine.learning.policies import Drawn
from engine.learning.values import Answering, TrialAnswer
from engine.library.hidden_text import visible
from engine.library.library import Library
from engine.library.values import Scope
from engine.memory.memory import Memory
from engine.models.runtime import Runtime
from engine.models.values import AdapterInUse, Message, Sampling
from engine.progress import Control
from engine.settings import Settings
from engine.store.unstored import Rows

_AS_SET = AskOptions()


Draw = Callable[[str, str], Drawn | None]
"""Of a conversation and a turn in it, by their ids, the retrieval setting that was drawn; None where none is tried."""


def undrawn(_thread_id: str, _turn_id: str) -> None:
    """The shipped setting, always."""


def draw_seed() -> int:
    """A seed of 31 bits: what every sampler takes."""
    return secrets.randbits(31)


class Chat:
    """Conversations in owner.db, or in memory. Thread-safe: one thread may stream an answer while others read.

    `make_way` has other work stand still while an answer is made.
    """

    def __init__(
        self,
        database: Rows,
        runtime: Runtime,
        library: Library,
        memory: Memory,
        *,
        settings: Callable[[], Settings],
        answering: Callable[[str, str], Answering],
        clock: Clock,
        cite: Callable[[Sequence[str]], None],
        comparing: Comparing | None = None,
        drawn: Draw = undrawn,
        draw_seed: Callable[[], int] = draw_seed,
        make_way: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """`answering` says what answers a turn, by its id and question, `comparing` which turns are answered twice:
        none without it; `drawn` how passages are chosen. `cite` is told which passages an answer was given beside: the
        library's keeps them readable."""
        self._runtime = runtime
        self._library = library
        self._memory = memory
        self._settings = settings
        self._answering = answering
        self._drawn = drawn
        self._draw_seed = draw_seed
        self._make_way = make_way
        self._cite = cite
        self._router = Router(library, memory)
        self._threads = Threads(database, clock)
        self._turns = Turns(database, library.passage, clock)
        self._side_by_sides = SideBySides(self._turns, library, comparing)
        self._surveys = Surveys(self._turns, library, runtime)

    def ask(
        self,
        question: str,
        *,
        thread_id: str | None = None,
        options: AskOptions = _AS_SET,
        control: Control | None = None,
    ) -> Iterator[TurnEvent]:
        """Ask in a thread, after the last turn of its active branch, or in a new thread.

        Nothing happens before the first event is asked for. Yields Routed, Deltas, Answered; of a question for
        everything on a subject also Readings, between which the turn can be paused. Closing the iterator and
        cancelling stop the answer; what was said so far is kept, as it is when the runtime fails and its error is
        raised. A turn that is answered twice yields Comparing, then Compared, or Answered when there is nothing to
        choose: the answer was stopped, or both drafts are the same. Raises InputRefused, with nothing stored, for a
        question that is empty or too long.
        """
        question = self._accepted(question, options)
        parent_id = self._threads.active_turn(thread_id) if thread_id else None
        scope = self.scope(thread_id) if options.scope is None else options.scope
        if thread_id:
            self._threads.set_scope(thread_id, scope)
        thread_id = thread_id or self._threads.create(question, scope)
        with self._make_way():
            yield from self._run(thread_id, parent_id, question, replace(options, scope=scope), control)

    def regenerate(
        self, turn_id: str, *, options: AskOptions = _AS_SET, control: Control | None = None
    ) -> Iterator[TurnEvent]:
        """Answer the same question again, of the same documents if not said otherwise, beside the first answer. Events
        and errors as of `ask`."""
        turn = self._turns.get(turn_id)
        yield from self._beside(turn, turn.question, options, control)

    def edit(
        self, turn_id: str, question: str, *, options: AskOptions = _AS_SET, control: Control | None = None
    ) -> Iterator[TurnEvent]:
        """Ask another question in the place of `turn_id`, beside it. Events and errors as of `ask`."""
        yield from self._beside(self._turns.get(turn_id), question, options, control)

    def threads(self, search: str = "") -> list[Thread]:
        """Conversations, latest first; with `search`, those holding each of its words in title, question or answer."""
        return self._threads.listed(search)

    def turns(self, thread_id: str) -> list[Turn]:
        """The active branch, root first. Raises InputRefused("thread_absent")."""
        return self._turns.branch(thread_id, self._threads.active_turn(thread_id))

    def choose(self, turn_id: str) -> list[Turn]:
        """Make the branch through `turn_id` the active one, down to its newest leaf; returns that branch."""
        turn = self._turns.get(turn_id)
        return self._turns.branch(turn.thread_id, self._turns.choose(turn))

    def turn(self, turn_id: str) -> Turn:
        """Raises InputRefused("turn_absent")."""
        return self._turns.get(turn_id)

    def messages(self, turn_id: str) -> list[Message] | None:
        """The prompt as it was, without what its owner removed since; None where no prompt was made."""
        prompt = prompt_as_it_was(turn_id, self._turns, self._library, self._memory)
        return None if prompt is None else prompt.messages()

    def sources(self, turn_id: str) -> list[str]:
        """Ids of the passages an answer could draw on: beside its question, or beside those before it."""
        return self._turns.sources(turn_id)

    def answers(self) -> list[tuple[str, str, str | None, int, str]]:
        """Each answer there is but for drafts to compare, as the ids of its turn, conversation and adapter, the time
        and what was asked; oldest first."""
        return self._turns.answers()

    def provenance(self, turn_id: str) -> Provenance | None:
        """What made an answer: model, template, sampler, seed, adapter; None where no prompt was made."""
        return self._turns.provenance(turn_id)

    def trial_counts(self) -> dict[tuple[str, bool], int]:
        """How many answers there are by trial, and by whether the version on trial gave them."""
        return self._turns.trial_counts()

    def trial_answers(self, trial_id: str) -> list[TrialAnswer]:
        """The answers given in a trial, newest first, and the arm that gave each."""
        return self._turns.trial_answers(trial_id)

    def set_rating(self, turn_id: str, rating: Literal["up", "down"] | None) -> Turn:
        """Keep a thumb; None takes it back."""
        self._turns.get(turn_id)
        self._turns.rate(turn_id, rating)
        return self._turns.get(turn_id)

    def set_correction(self, turn_id: str, text: str) -> Turn:
        """Let the owner's text count as the answer; the draft is kept, and giving it back takes the correction back.

        Raises InputRefused("correction_empty").
        """
        text = visible(text).strip()
        if not text:
            raise InputRefused("correction_empty")
        draft = self._turns.get(turn_id).draft
        self._turns.correct(turn_id, None if text == draft else text)
        return self._turns.get(turn_id)

    def withdraw_feedback(self, connection: apsw.Connection, turn_ids: Sequence[str]) -> None:
        """Take the turns' ratings and corrections back, in the caller's transaction on the owner's database."""
        self._turns.withdraw(connection, turn_ids)

    def scope(self, thread_id: str | None) -> Scope:
        """What of the documents the next question of a conversation is asked of: of a new one (None), all. Raises
        InputRefused("thread_absent")."""
        return Scope() if thread_id is None else self._threads.scope(thread_id)

    def set_scope(self, thread_id: str, scope: Scope) -> None:
        """Ask the next questions of a conversation of this. Raises InputRefused("thread_absent")."""
        self._threads.set_scope(thread_id, scope)

    def rename(self, thread_id: str, title: str) -> None:
        self._threads.rename(thread_id, title)

    def delete_thread(self, thread_id: str) -> None:
        """Hide a thread; `restore_thread` is the undo, until `purge`."""
        self._threads.delete(thread_id)

    def restore_thread(self, thread_id: str) -> None:
        self._threads.restore(thread_id)

    def purge(self) -> None:
        """Remove deleted threads for good."""
        self._threads.purge()

    def _beside(self, turn: Turn, question: str, options: AskOptions, control: Control | None) -> Iterator[TurnEvent]:
        self._threads.active_turn(turn.thread_id)
        if options.scope is None:
            options = replace(options, scope=turn.scope)
        with self._make_way():
            yield from self._run(turn.thread_id, turn.parent_id, self._accepted(question, options), options, control)

    def _run(
        self, thread_id: str, parent_id: str | None, question: str, options: AskOptions, control: Control | None
    ) -> Iterator[TurnEvent]:
        turn_id = self._turns.begin(thread_id, parent_id, question, options.scope or Scope())
        settings = self._settings()
        material = self._router.gather(
            question,
            options,
            passages=settings.passages,
            answering=self._answering(turn_id, question),
            drawn=self._drawn(thread_id, turn_id),
        )
        bare = Prompt(system=wording("system"), question=question, history=tuple(self._turns.history(parent_id)))
        if (found := self._surveys.found(question, options)) is not None:
            yield from self._survey(Place(thread_id, parent_id, turn_id), found, material, options, control)
            return
        prompt = fitted(material.beside(bare), self._runtime, self._prompt_room(options))
        self._cite([shown.passage.chunk_id for shown in prompt.passages])
        place = Place(thread_id, parent_id, turn_id)
        beside = [shown.passage.chunk_id for shown in prompt.passages]
        pair = self._side_by_sides.pair(place, beside, options, self._temperature(options), material.domain)
        if pair is None:
            yield from self._draft(place, material, prompt, options, control)
            return

        def draft(at: Place, adapter: AdapterInUse | None, seed: int | None) -> Iterator[TurnEvent]:
            made = replace(material, adapter=adapter, arm=None, comparison=pair.id)
            return self._draft(at, made, prompt, replace(options, seed=seed), control)

        yield from self._side_by_sides.drafts(place, question, pair, draft, options.seed)

    def _survey(
        self, place: Place, found: Found, material: Material, options: AskOptions, control: Control | None
    ) -> Iterator[TurnEvent]:
        """Read all files that match, rather than the best passages."""
        options = replace(options, max_tokens=TOKENS)
        survey = self._surveys.survey(place.turn_id, found, material, self._prompt_room(options))
        provenance = self._provenance(options, material.adapter)
        self._turns.prepared(place.turn_id, survey.parts(), survey.route, provenance)
        self._cite([passage.chunk_id for passage in found.passages])
        yield Routed(place.turn_id, place.thread_id, survey.route, survey.citations())
        yield from survey.stream(provenance, control)

    def _draft(
        self, place: Place, material: Material, prompt: Prompt, options: AskOptions, control: Control | None
    ) -> Iterator[TurnEvent]:
        chosen = route(material, prompt)
        provenance = self._provenance(options, material.adapter)
        self._turns.prepared(place.turn_id, prompt.parts(), chosen, provenance)
        answer = Answer(self._turns, place.turn_id, prompt)
        yield Routed(place.turn_id, place.thread_id, chosen, citations(prompt))
        yield from answer.stream(self._runtime, provenance, control)

    def _accepted(self, question: str, options: AskOptions) -> str:
        return accept_question(question, wording("system"), self._runtime, self._prompt_room(options))

    def _prompt_room(self, options: AskOptions) -> int:
        context = self._context_tokens()
        return context - answer_room(context, options.max_tokens or self._settings().answer_tokens)

    def _context_tokens(self) -> int:
        return min(self._settings().context_tokens, self._runtime.description.context_tokens)

    def _temperature(self, options: AskOptions) -> float:
        return self._settings().temperature if options.temperature is None else options.temperature

    def _provenance(self, options: AskOptions, adapter: AdapterInUse | None) -> Provenance:
        settings, model = self._settings(), self._runtime.description
        sampling = Sampling(
            temperature=self._temperature(options),
            seed=self._draw_seed() if options.seed is None else options.seed,
            max_tokens=answer_room(self._context_tokens(), options.max_tokens or settings.answer_tokens),
        )
        return Provenance(
            model=model.name,
            base_sha256=model.base_sha256,
            serving_sha256=model.serving_sha256,
            template_sha256=model.template_sha256,
            sampling=sampling,
            adapter=adapter,
        )
