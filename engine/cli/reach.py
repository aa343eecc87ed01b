"""learn chat, folder, names, words: what of your words and documents learning may reach."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import typer
from msgspec.structs import replace

from engine.cli.group import Group
from engine.cli.session import Session
from engine.paths import as_named
from engine.privacy.private_words import PrivateWords
from engine.words import say

words = typer.Typer(help="Words that are always masked in what is learned from.", cls=Group)


class Switch(StrEnum):
    ON = "on"
    OFF = "off"


def register(learn: typer.Typer) -> None:
    learn.command("chat")(chat_scope)
    learn.command("folder")(folder_scope)
    learn.command("names")(mask_names)
    learn.add_typer(words, name="words")


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
        assistant.library.let_teach(as_named(path), switch is Switch.ON)
        roots = assistant.library.roots()
    session.result({"roots": roots}, [say(f"cli.folder_{switch}")])


def mask_names(context: typer.Context, switch: Switch) -> None:
    """Mask names of people, and addresses, in what is learned from, or let them stand."""
    session: Session = context.obj
    with session.assistant() as assistant:
        assistant.change_settings(replace(assistant.settings, mask_names=switch is Switch.ON))
    session.result({"mask_names": switch is Switch.ON}, [say(f"cli.names_{switch}")])


@words.command("list")
def list_words(context: typer.Context) -> None:
    """The words that are always masked."""
    _tell_words(context.obj, lambda _words: None)


@words.command("add")
def add_word(context: typer.Context, word: str) -> None:
    """Mask a word or phrase wherever it stands in what is learned from."""
    _tell_words(context.obj, lambda words: words.add(word))


@words.command("delete")
def delete_word(context: typer.Context, word: str) -> None:
    """No longer mask it."""
    _tell_words(context.obj, lambda words: words.remove(word))


def _tell_words(session: Session, change: Callable[[PrivateWords], None]) -> None:
    with session.assistant() as assistant:
        change(assistant.private_words)
        kept = assistant.private_words.all()
    session.result({"words": kept}, kept)
