"""learn chat, folder, names: what of your words and documents learning may reach."""

from enum import StrEnum
from pathlib import Path

import typer
from msgspec.structs import replace

from engine.cli.session import Session
from engine.words import say


class Switch(StrEnum):
    ON = "on"
    OFF = "off"


def register(learn: typer.Typer) -> None:
    learn.command("chat")(chat_scope)
    learn.command("folder")(folder_scope)
    learn.command("names")(mask_names)


def chat_scope(context: typer.Context, thread: str, switch: Switch) -> None:
    """Let a conversation teach, or keep it out of learning."""
    session: Session = context.obj
    with session.assistant() as assistant:
        assistant.chat.turns(thread)  # refuses one that is not there
        assistant.learning.set_learns_from(thread, switch is Switch.ON)
    session.result({"thread": thread, "learned_from": switch is Switch.ON}, [say(f"cli.chat_{switch}")])


def folder_scope(context: typer.Context, path: Path, switch: Switch) -> None:
    """Let answers that draw on a folder or file of the library teach, or keep them out of learning."""
    session: Session = context.obj
    with session.assistant() as assistant:
        assistant.library.let_teach(path.expanduser().absolute(), switch is Switch.ON)
        roots = assistant.library.roots()
    session.result({"roots": roots}, [say(f"cli.folder_{switch}")])


def mask_names(context: typer.Context, switch: Switch) -> None:
    """Mask names of people, and addresses, in what is learned from, or let them stand."""
    session: Session = context.obj
    with session.assistant() as assistant:
        assistant.change_settings(replace(assistant.settings, mask_names=switch is Switch.ON))
    session.result({"mask_names": switch is Switch.ON}, [say(f"cli.names_{switch}")])
