"""Everything that is the owner's, written out as plain files anybody can read."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from engine.chat.chat import Chat
from engine.chat.values import Turn
from engine.durable import write_atomically
from engine.errors import InputRefused
from engine.learning.learning import Learning
from engine.learning.records.comparisons import SideBySide
from engine.library.library import Library
from engine.memory.memory import Memory
from engine.privacy.private_words import PrivateWords
from engine.settings import Settings


def write_all(
    folder: Path,
    *,
    chat: Chat,
    memory: Memory,
    learning: Learning,
    words: PrivateWords,
    library: Library,
    settings: Settings,
) -> list[str]:
    """Write JSON lines into the new `folder`, readable by its owner alone; the files' names.

    Raises InputRefused("export_folder_exists").
    """
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError as error:
        raise InputRefused("export_folder_exists", path=str(folder)) from error
    threads = ({"thread": thread, "turns": chat.turns(thread.id)} for thread in chat.threads())
    contents: dict[str, Iterable[Any]] = {
        "chats.jsonl": threads,
        "memory.jsonl": memory.entries(),
        "feedback.jsonl": learning.capture.export_lines(),
        "private_words.jsonl": words.all(),
        "domains.jsonl": learning.domains.written(),
        "comparisons.jsonl": (_comparison(chat, shown) for shown in learning.comparing.all()),
        "documents.jsonl": library.files(),
        "collections.jsonl": library.collections.all(),
        "settings.jsonl": [settings],
    }
    for name, rows in contents.items():
        write_atomically(folder / name, b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    return list(contents)


def _comparison(chat: Chat, shown: SideBySide) -> dict[str, Any]:
    """With both drafts, one of which stands in no branch that is exported; None where its conversation is gone."""
    drafts: dict[str, Turn | None] = {}
    for side, turn_id in (("left", shown.left), ("right", shown.right)):
        try:
            drafts[side] = chat.turn(turn_id)
        except InputRefused:
            drafts[side] = None
    return {"comparison": shown, **drafts}
