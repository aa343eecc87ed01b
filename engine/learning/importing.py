"""Feedback in and out as JSON lines: {prompt, draft?, correction?, rejected?, rating? up|down, time?, thread?}, or
{prompt, signal, turn, time?, thread?} for what was only done with an answer.

`prompt` is the question, or a list of {role, content} messages; `time` is RFC 3339. What export writes, import takes.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from engine.clock import from_rfc3339, rfc3339
from engine.errors import InputRefused
from engine.ids import new_id
from engine.learning.values import SIGNALS, Feedback, FeedbackKind, SignalKind
from engine.models.values import Message
from engine.words import say

LINE_BYTES = 1_000_000


class FeedbackLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the file. `correction` is what the answer should have been, `draft` what it was; a draft beside a
    `rejected` answer was preferred to it. A `signal` belongs to the answer of the chat that `turn` names."""

    prompt: str | list[Message]
    draft: str | None = None
    correction: str | None = None
    rejected: str | None = None
    rating: Literal["up", "down"] | None = None
    reason: str = ""
    time: str | None = None
    thread: str | None = None
    signal: SignalKind | None = None
    turn: str | None = None


class SkippedLine(Struct, frozen=True):
    """A line of an imported file that could not be used. `reason` is a sentence for the owner."""

    line: int
    reason: str


class ImportReport(Struct, frozen=True, kw_only=True):
    """What an import took in, and what it left behind and why."""

    imported: int
    skipped: list[SkippedLine]


class _Unusable(Exception):
    """Why a line cannot be used: a key of translations/*/learning.toml."""


def read_lines(path: Path, now: Callable[[], int], consent_version: int) -> tuple[list[Feedback], list[SkippedLine]]:
    """The rows of the file at `path`, and the lines that hold none. Raises InputRefused for another kind of file."""
    rows: list[Feedback] = []
    skipped: list[SkippedLine] = []
    objects = 0
    try:
        for number, line in _numbered(path):
            objects += line.lstrip().startswith(b"{")
            try:
                rows.append(_feedback(_decoded(line), now(), consent_version))
            except msgspec.ValidationError as error:
                skipped.append(SkippedLine(number, say("learning.import_invalid", reason=str(error))))
            except _Unusable as error:
                skipped.append(SkippedLine(number, say(f"learning.{error.args[0]}")))
    except OSError as error:
        raise InputRefused(
            "feedback_unreadable", path=str(path), reason=error.strerror or type(error).__name__
        ) from error
    if skipped and not objects:
        raise InputRefused("feedback_not_jsonl", path=str(path))
    return rows, skipped


def written(rows: Sequence[Feedback], prompt_of: Callable[[Feedback], list[Message] | None]) -> Iterator[FeedbackLine]:
    """Every row as a line that import takes; the prompt is empty where its turn is gone."""
    for row in rows:
        praised = row.kind == "preferred"
        signal = next((signal for signal in SIGNALS if signal == row.kind), None)
        yield FeedbackLine(
            prompt=prompt_of(row) or [],
            draft=row.final if praised else row.draft,
            correction=None if praised else row.final,
            rejected=row.rejected,
            rating=row.rating,
            reason=row.reason,
            time=rfc3339(row.created_ms),
            thread=row.thread_id,
            signal=signal,
            turn=None if signal is None else row.turn_id,
        )


def _numbered(path: Path) -> Iterator[tuple[int, bytes]]:
    """Lines that hold something, by number from 1; one over the limit comes cut, and its rest is passed over."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LINE_BYTES + 1):
            number += 1
            rest = line
            while not rest.endswith(b"\n") and (rest := file.readline(LINE_BYTES)):
                pass
            line = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if line.strip():
                yield number, line


def _decoded(line: bytes) -> FeedbackLine:
    if len(line) > LINE_BYTES:
        raise _Unusable("import_too_long")
    try:
        decoded = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _Unusable("import_not_json") from error
    if not isinstance(decoded, dict):
        raise _Unusable("import_not_json")
    return msgspec.convert(decoded, FeedbackLine)


def _feedback(line: FeedbackLine, now: int, consent_version: int) -> Feedback:
    kind, draft, final = _said(line)
    is_signal = kind in SIGNALS
    return Feedback(
        id=new_id(),
        kind=kind,
        prompt=[] if is_signal else _prompt(line),
        draft=draft,
        final=final,
        rejected=line.rejected,
        rating=line.rating,
        reason=line.reason,
        turn_id=_turn(line) if is_signal else None,
        thread_id=line.thread,
        source="import",
        consent_version=consent_version,
        created_ms=_time(line.time, now),
    )


def _said(line: FeedbackLine) -> tuple[FeedbackKind, str | None, str | None]:
    """The kind of feedback a line is, with its draft and final text: the strongest word in it."""
    if line.correction is not None:
        return "correction", line.draft, line.correction
    if line.rejected is not None and line.draft is not None:
        return "preferred", None, line.draft
    if line.rating is not None and line.draft is not None:
        return "thumb", line.draft, None
    if line.signal is not None:
        return line.signal, None, None
    raise _Unusable("import_nothing_said")


def _prompt(line: FeedbackLine) -> list[Message]:
    prompt = [Message("user", line.prompt)] if isinstance(line.prompt, str) else line.prompt
    if not any(message.role == "user" and message.content.strip() for message in prompt):
        raise _Unusable("import_no_prompt")
    return prompt


def _turn(line: FeedbackLine) -> str:
    if not line.turn:
        raise _Unusable("import_no_turn")
    return line.turn


def _time(text: str | None, now: int) -> int:
    if text is None:
        return now
    try:
        return from_rfc3339(text)
    except (ValueError, OverflowError) as error:
        raise _Unusable("import_bad_time") from error
