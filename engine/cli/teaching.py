"""rate, correct and memory: what the owner tells the assistant about its answers and themselves."""

import sys
from enum import StrEnum
from typing import Annotated, Any

import typer
from msgspec.structs import asdict

from engine.chat.values import Turn
from engine.cli.group import Group
from engine.cli.session import Session
from engine.learning.reach import Refusal
from engine.learning.values import Returned
from engine.memory.values import Entry
from engine.words import say

memory = typer.Typer(help="What the assistant keeps in mind.", cls=Group)


class Rating(StrEnum):
    UP = "up"
    DOWN = "down"
    NONE = "none"
    PREFER = "prefer"


def register(app: typer.Typer) -> None:
    app.command()(rate)
    app.command()(correct)
    app.add_typer(memory, name="memory")


def rate(
    context: typer.Context,
    turn: str,
    rating: Rating,
    reason: Annotated[str, typer.Option(help="Why, in your words")] = "",
) -> None:
    """Thumbs up or down; `prefer` chooses an answer over its regenerated siblings; `none` takes a rating back."""
    session: Session = context.obj
    returned = None
    with session.assistant() as assistant:
        if rating is Rating.PREFER:
            rated = assistant.prefer(turn)
        else:
            given = {Rating.UP: "up", Rating.DOWN: "down", Rating.NONE: None}
            rated, returned = assistant.rate(turn, given[rating], reason)  # type: ignore[arg-type]  # mypy widens the literals
        refusal = assistant.learning.refusal(rated)
    _tell_taught(session, rated, refusal, returned)


def correct(
    context: typer.Context,
    turn: str,
    text: Annotated[str, typer.Argument(help="The answer as it should have been; - reads it from standard input")],
) -> None:
    """Replace an answer by the one you wanted; the draft is kept beside it."""
    session: Session = context.obj
    if text == "-":
        text = sys.stdin.read()
    with session.assistant() as assistant:
        corrected = assistant.correct(turn, text)
        refusal = assistant.learning.refusal(corrected)
    _tell_taught(session, corrected, refusal)


@memory.command("list")
def list_entries(context: typer.Context) -> None:
    """Everything kept in mind."""
    session: Session = context.obj
    with session.assistant() as assistant:
        entries = assistant.memory.entries()
    session.result(
        {"entries": [_entry_as_json(entry) for entry in entries]},
        (f"{entry.id}  {entry.text}" for entry in entries),
    )


@memory.command()
def add(context: typer.Context, text: str) -> None:
    """State a preference: it stands beside every question from now on."""
    session: Session = context.obj
    with session.assistant() as assistant:
        entry = assistant.memory.prefer(text)
    _tell_entry(session, entry)


@memory.command()
def edit(context: typer.Context, entry: str, text: str) -> None:
    """Change an entry's words."""
    session: Session = context.obj
    with session.assistant() as assistant:
        changed = assistant.memory.edit(entry, text)
    _tell_entry(session, changed)


@memory.command()
def delete(context: typer.Context, entry: str) -> None:
    """Delete an entry."""
    session: Session = context.obj
    with session.assistant() as assistant:
        deleted = assistant.memory.delete(entry)
    session.result({"deleted": deleted.id}, [say("cli.deleted", text=deleted.text)])


def _tell_taught(session: Session, turn: Turn, refusal: Refusal | None, returned: Returned | None = None) -> None:
    value = {
        "turn": turn.id,
        "thread": turn.thread_id,
        "rating": turn.rating,
        "corrected": turn.corrected,
        "answer": turn.answer,
        "kept_for_learning": refusal is None,
        "adapter_returned": None if returned is None else returned.adapter,
    }
    lines = [say("cli.taught" if refusal is None else f"cli.taught_{refusal}")]
    if returned is not None:
        lines.append(say("learning.returned", **asdict(returned)))
    session.result(value, lines)


def _tell_entry(session: Session, entry: Entry) -> None:
    session.result(_entry_as_json(entry), [f"{entry.id}  {entry.text}"])


def _entry_as_json(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "kind": entry.kind, "text": entry.text, "question": entry.question}
