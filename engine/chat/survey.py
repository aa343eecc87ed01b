"""A question for everything on a subject: all files that match are read one by one, not the best passages of all.

What can be counted the program counts; the model is asked only what each file says. Where what it says does not rest on
the passages it was shown, the passage is cited alone: an answer keeps none of a document's words, which go with it.
Files are read best first, so that what the time does not reach is what matters least.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import PurePath
from typing import Final

import msgspec
from msgspec import Struct

from engine.chat.answer import citations
from engine.chat.breadth import Breadth, wide
from engine.chat.citations import GROUNDED, uncited
from engine.chat.fit import fitted
from engine.chat.prompt import Prompt, Shown, wording
from engine.chat.router import Material, route
from engine.chat.turns import Outcome, Turns
from engine.chat.values import (
    Answered,
    AskOptions,
    Citation,
    Delta,
    PromptPart,
    Provenance,
    Reading,
    Route,
    TurnEvent,
)
from engine.errors import Interrupted
from engine.library.library import Library
from engine.library.values import Passage, Scope
from engine.models.runtime import Runtime
from engine.models.values import FinishReason, StreamChunk
from engine.progress import Control
from engine.safety.grounding import support
from engine.words import say

# The score from which a passage counts as being on the subject. Of the paragraphs of one XQuAD article among those of
# 48, asked for as "List all facts about" its title, .2 finds .83, and .79 of what it finds is that article's; .3, from
# which a passage answers a question, finds .70 and .94 (on the half of the articles it was not chosen on .88 and .82,
# .73 and .99). Everything was asked for, so what is missed weighs more.
NEAR: Final = 0.2

BUDGET_S: Final = 300
_MOST_FILES: Final = 60  # also what two digits can cite, with room
_OF_A_FILE: Final = 3  # passages the model is shown
_CUT_MARK: Final = re.compile(r"\[[\d,; ]*$")  # a citation that the end of the text cuts in two
_NUMBER: Final = re.compile(r"\d+")
TOKENS: Final = 48  # of what is said of a file
_FIRST_PACE_S: Final = 4.0  # a file, before any was read


class Found(Struct, frozen=True):
    """The files that match, best first, each as its passages; and how many there are in scope."""

    kind: Breadth
    question: str
    files: list[list[Passage]]
    in_scope: int

    @property
    def read(self) -> list[list[Passage]]:
        """Those that are read; counting reads none and takes no time."""
        return self.files[:_MOST_FILES]

    @property
    def passages(self) -> list[Passage]:
        """What the answer draws on."""
        most = 1 if self.kind == "count" else _OF_A_FILE
        return [passage for passages in self.read for passage in passages[:most]]


class Surveys:
    """Finds what such a question is about. The pace of the last survey tells how long the next will take."""

    def __init__(self, turns: Turns, library: Library, runtime: Runtime) -> None:
        self._turns = turns
        self._library = library
        self._runtime = runtime
        self.pace_s = _FIRST_PACE_S

    def found(self, question: str, options: AskOptions) -> Found | None:
        """None where the question asks for less than everything, or where fewer than two files match."""
        asked = wide(question) if options.documents else None
        if asked is None:
            return None
        scope = options.scope or Scope()
        files = self._library.near(asked.subject, asked.words, NEAR, scope)
        return Found(asked.kind, question, files, self._library.counts(scope)[0]) if len(files) > 1 else None

    def survey(self, turn_id: str, found: Found, material: Material, room: int) -> "Survey":
        """`room`: tokens a prompt may have."""
        return Survey(
            self, turns=self._turns, runtime=self._runtime, turn_id=turn_id, found=found, material=material, room=room
        )


class Survey:
    """One such turn, from its first file to its record."""

    def __init__(
        self,
        surveys: Surveys,
        *,
        turns: Turns,
        runtime: Runtime,
        turn_id: str,
        found: Found,
        material: Material,
        room: int,
    ) -> None:
        self._surveys, self._turns, self._runtime = surveys, turns, runtime
        self._turn_id, self._found, self._room = turn_id, found, room
        self._said: list[tuple[int, str]] = []
        self._text = ""
        self._finish: FinishReason = "cancelled"
        self._bare = Prompt(
            question=found.question,
            system=wording("system"),
            preferences=tuple(material.preferences),
        )
        best = tuple(Shown(number, passages[0]) for number, passages in enumerate(found.read, 1))
        self._whole = msgspec.structs.replace(self._bare, passages=best)
        shown = msgspec.structs.replace(material, passages=[one.passage for one in best], looked=None, corrections=())
        told = route(shown, self._whole)
        self.route: Route = msgspec.structs.replace(
            told, reason=f"{self._told_beforehand()} {told.reason}", survey=True
        )

    def parts(self) -> list[PromptPart]:
        """What is kept of it: the best passage of each file under its number, as far as they go into one prompt, for
        what is learned of it is learned beside one; and without a number what else was read."""
        *head, question = fitted(self._whole, self._runtime, self._room).parts()
        known = {part.source_id for part in head}
        more = [passage.chunk_id for passage in self._found.passages if passage.chunk_id not in known]
        return [*head, *(PromptPart(kind="passage", text=None, source_id=chunk) for chunk in more), question]

    def citations(self) -> list[Citation]:
        return citations(self._whole)

    def stream(self, provenance: Provenance, control: Control | None) -> Iterator[TurnEvent]:
        """Readings and Deltas, then Answered. What was said so far is kept however it ends."""
        try:
            with suppress(Interrupted):
                if self._found.kind == "count":
                    yield self._add(self._counted())
                else:
                    yield from self._read(provenance, control or Control())
                self._finish = "stop"
        finally:
            self._turns.finish(self._turn_id, self._outcome())
        yield Answered(self._turns.get(self._turn_id))

    def _read(self, provenance: Provenance, control: Control) -> Iterator[TurnEvent]:
        began, paused, total = self._turns.clock(), 0, len(self._found.read)
        for number, passages in enumerate(self._found.read, 1):
            spent = (self._turns.clock() - began - paused) / 1000
            if spent > BUDGET_S:
                break
            pace = spent / (number - 1) if number > 1 else None
            yield Reading(number - 1, total, passages[0].path, None if pace is None else pace * (total - number + 1))
            waiting = self._turns.clock()
            control.checkpoint()
            paused += self._turns.clock() - waiting
            said = self._asked_of(passages, provenance, control)
            self._surveys.pace_s = (self._turns.clock() - began - paused) / 1000 / number
            self._said.append((number, said))
            yield self._add(_line(_name(passages[0].path), said, [number]))
            self._turns.keep(self._turn_id, self._text)

    def _asked_of(self, passages: Sequence[Passage], provenance: Provenance, control: Control) -> str:
        """What the model says of one file, or the file itself. Raises Interrupted."""
        shown = tuple(Shown(number, passage) for number, passage in enumerate(passages[:_OF_A_FILE], 1))
        prompt = fitted(msgspec.structs.replace(self._bare, passages=shown), self._runtime, self._room)
        text = ""
        for record in self._runtime.stream(
            prompt.messages(), provenance.sampling, adapter=provenance.adapter, control=control
        ):
            if isinstance(record, StreamChunk):
                text += record.text
        said = " ".join(_CUT_MARK.sub("", uncited(text)).split())
        return said if _rests_on(said, passages[:_OF_A_FILE], self._found.question) else say("chat.survey_see")

    def _add(self, text: str) -> Delta:
        self._text += text
        return Delta(text)

    def _counted(self) -> str:
        found = self._found
        passages = sum(len(one) for one in found.files)
        head = say("chat.survey_count", files=len(found.files), passages=passages, of=found.in_scope)
        lines = (
            f"- {_name(one[0].path)}: {say('chat.survey_passages', passages=len(one))} [{number}]\n"
            for number, one in enumerate(found.read, 1)
        )
        return f"{head}\n\n{''.join(lines)}{self._left_out(len(found.read))}"

    def _outcome(self) -> Outcome:
        text = self._text
        if self._found.kind != "count":
            text = f"{self._merged()}{self._left_out(len(self._said))}"
        cited = [number for number, _ in self._said] if self._said else None
        nothing = self._found.kind != "count" and not self._said
        return Outcome(
            answer=text.strip(),
            finish=self._finish,
            citations=[] if nothing or not self._text else citations(self._whole, cited),
            timings=None,
            confidence=None,
            logprobs=None,
        )

    def _merged(self) -> str:
        """A line a statement: what is said of several files in the same words stands once, with all their numbers."""
        groups: dict[str, list[int]] = {}
        for number, said in self._said:
            groups.setdefault(said.casefold().rstrip(".!") or str(number), []).append(number)
        said_of = dict(self._said)
        names = {number: self._found.read[number - 1][0].path for number in said_of}
        return "".join(
            _line(" · ".join(_name(names[one]) for one in numbers), said_of[numbers[0]], numbers)
            for numbers in groups.values()
        )

    def _left_out(self, read: int) -> str:
        left = len(self._found.files) - read
        return f"\n{say('chat.survey_left_out', read=read, left=left)}" if left else ""

    def _told_beforehand(self) -> str:
        read = len(self._found.read)
        if self._found.kind == "count":
            return say("chat.survey_counts", files=len(self._found.files), of=self._found.in_scope)
        seconds = min(read * self._surveys.pace_s, BUDGET_S)
        words = say("chat.survey_reads", files=read, of=self._found.in_scope, minutes=max(1, round(seconds / 60)))
        left = len(self._found.files) - read
        return f"{words} {say('chat.survey_more', left=left)}" if left else words


def _rests_on(said: str, passages: Sequence[Passage], question: str) -> bool:
    """Whether one passage holds most of its words, and they together every number in it."""
    held = set(_NUMBER.findall(" ".join(passage.text for passage in passages)))
    words = max(support(said, passage.text, question=question) for passage in passages)
    return words >= GROUNDED and held.issuperset(_NUMBER.findall(said))


def _line(names: str, said: str, numbers: Sequence[int]) -> str:
    marks = "".join(f"[{number}]" for number in numbers)
    return f"- **{names}**: {said} {marks}\n"


def _name(path: str) -> str:
    return _plain(PurePath(path).name)


def _plain(text: str) -> str:
    """Without what Markdown would take for more than words, or an answer for a citation."""
    return "".join(f"\\{mark}" if mark in "\\`*_[]<>~|" else mark for mark in text)
