"""Are passages shown when they should be, and do citations name the right one? With the real models on XQuAD.

`floor`: half of the articles are indexed and every question is searched. What engine.chat.router.FLOOR rests on.
`answers`: questions on the indexed half, asked in chat at temperature 0. An answer `holds` the right words or not;
the right passage is the one the question was written for. `own` are citations the model wrote, `given` those found for
answers without any (engine.chat.citations.GROUNDED), each with how often one of them is right.

    python -m tests.benchmarks.citations --data ../shared/data [--answers 60]
"""

import argparse
import json
import random
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.chat import schema as chat_schema
from engine.chat.chat import Chat
from engine.chat.router import FLOOR
from engine.chat.values import Answered, AskOptions, Turn
from engine.clock import system_clock
from engine.learning.values import Answering
from engine.library import schema as library_schema
from engine.library.embed import OnnxEmbedder
from engine.library.library import Library
from engine.memory import schema as memory_schema
from engine.memory.memory import Memory
from engine.models.catalog import Models
from engine.models.llama import LlamaRuntime
from engine.settings import Settings
from engine.store.database import Database
from tests.benchmarks.questions import Asked, xquad

KEY = bytes(32)
FLOORS = (0.2, 0.25, 0.3, 0.35, 0.4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--answers", type=int, default=60)
    options = parser.parse_args()
    asked = xquad(options.data)
    embedder = OnnxEmbedder(Models().embedder())
    try:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps({"benchmark": "citations"} | measure(asked, options.answers, Path(folder), embedder)))
    finally:
        embedder.close()


def measure(asked: Sequence[Asked], answers: int, folder: Path, embedder: OnnxEmbedder) -> dict[str, Any]:
    write_half(asked, documents := folder / "documents")
    owner = [*chat_schema.MIGRATIONS, *memory_schema.MIGRATIONS]
    with (
        Database.open(folder / "library.db", KEY, library_schema.MIGRATIONS, durable=False) as library_db,
        Database.open(folder / "owner.db", KEY, owner, durable=False) as owner_db,
    ):
        library = Library(library_db, embedder, text_limit_mb=100, clock=system_clock)
        library.add([documents])
        runtime = LlamaRuntime(Models().describe(Settings().model), load_adapter=no_adapter)
        chat = Chat(
            owner_db,
            runtime,
            library,
            Memory(owner_db, embedder, system_clock),
            settings=Settings,
            answering=lambda _turn_id, _question: Answering(None),
            clock=system_clock,
            cite=library.cite,
        )
        try:
            return {"floor": measure_floor(asked, library), "answers": measure_answers(asked, answers, chat)}
        finally:
            runtime.close()


def write_half(asked: Sequence[Asked], documents: Path) -> None:
    documents.mkdir()
    for number, paragraph in enumerate(dict.fromkeys(one.paragraph for one in asked if indexed(one))):
        (documents / f"{number}.txt").write_text(paragraph, encoding="utf-8")


def indexed(one: Asked) -> bool:
    return one.article % 2 == 0


def measure_floor(asked: Sequence[Asked], library: Library) -> dict[str, Any]:
    found = [(one, library.search(one.question, Settings().passages)) for one in asked]
    right = [
        max((passage.score for passage in passages if passage.text.strip() in one.paragraph), default=0.0)
        for one, passages in found
        if indexed(one)
    ]
    foreign = [max((passage.score for passage in passages), default=0.0) for one, passages in found if not indexed(one)]
    return {
        "floor": FLOOR,
        "right_passage_shown": {f"{at:.2f}": share(score >= at for score in right) for at in FLOORS},
        "foreign_question_shown_any": {f"{at:.2f}": share(score >= at for score in foreign) for at in FLOORS},
    }


def measure_answers(asked: Sequence[Asked], count: int, chat: Chat) -> dict[str, Any]:
    chosen = random.Random(0).sample([one for one in asked if indexed(one)], count)
    turns = [(one, answer(chat, one.question)) for one in chosen]
    own = [(one, turn) for one, turn in turns if re.search(r"\[\d", turn.answer)]
    given = [(one, turn) for one, turn in turns if turn.citations and not re.search(r"\[\d", turn.answer)]
    return {
        "asked": count,
        "holds_answer": share(one.answer.casefold() in turn.answer.casefold() for one, turn in turns),
        "own": {"answers": len(own), "right": share(cites_right(*pair) for pair in own)},
        "given": {"answers": len(given), "right": share(cites_right(*pair) for pair in given)},
    }


def answer(chat: Chat, question: str) -> Turn:
    *_, last = chat.ask(question, options=AskOptions(temperature=0, max_tokens=60))
    assert isinstance(last, Answered)
    return last.turn


def cites_right(one: Asked, turn: Turn) -> bool:
    return any(citation.text and citation.text.strip() in one.paragraph for citation in turn.citations)


def share(outcomes: Any) -> float | None:
    values = list(outcomes)
    return round(sum(values) / len(values), 3) if values else None


def no_adapter(adapter_id: str) -> Any:
    raise AssertionError(adapter_id)


if __name__ == "__main__":
    main()
