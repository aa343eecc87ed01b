"""A recorded prompt made whole again: each part by reference, without what its owner removed since."""

from engine.chat.prompt import Prompt, Shown
from engine.chat.turns import Turns
from engine.library.library import Library
from engine.memory.memory import Memory


def prompt_as_it_was(turn_id: str, turns: Turns, library: Library, memory: Memory) -> Prompt | None:
    """The prompt of a turn, or None when it has none.

    Passages keep their numbers when others are gone. A memory entry that was edited since stands as it is now: the old
    words were taken back. Earlier turns stand as they did then, without corrections made later.
    """
    turn = turns.find(turn_id)
    parts = turns.parts(turn_id)
    if turn is None or not parts:
        return None
    history = [
        turns.exchange(part.source_id, asked_ms=turn.created_ms)
        for part in parts
        if part.kind == "history" and part.source_id
    ]
    passages = [
        (part.number, library.passage(part.source_id))
        for part in parts
        if part.kind == "passage" and part.source_id and part.number
    ]
    entries = {
        kind: [memory.find(part.source_id) for part in parts if part.kind == kind and part.source_id]
        for kind in ("memory", "preference")
    }
    return Prompt(
        system="\n".join(part.text for part in parts if part.kind == "system" and part.text),
        question=turn.question,
        history=tuple(exchange for exchange in history if exchange),
        passages=tuple(Shown(number, passage) for number, passage in passages if passage),
        corrections=tuple(entry for entry in entries["memory"] if entry),
        preferences=tuple(entry for entry in entries["preference"] if entry),
    )
