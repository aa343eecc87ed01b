"""How much of a subject a question for everything finds, and how much else, by the score from which a passage counts.

    python -m tests.benchmarks.surveys --data DATA

The paragraphs of XQuAD's 48 articles are a file each; "List all facts about TITLE" shall find those of its article. The
score is chosen on every other article, and told for both halves.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from engine.chat.breadth import wide
from engine.chat.survey import NEAR
from engine.clock import system_clock
from engine.library.chunk import Chunk
from engine.library.embed import OnnxEmbedder
from engine.library.index import Index, Prepared
from engine.library.roots import Roots
from engine.library.schema import MIGRATIONS
from engine.library.search import Search
from engine.library.values import FileState
from engine.library.vectors import VectorIndex
from engine.library.walk import Found
from engine.models.catalog import Models
from engine.store.database import Database

FLOORS = sorted({0.1, 0.15, 0.2, 0.25, 0.3, NEAR})


def articles(data: Path) -> dict[str, list[str]]:
    """Paragraphs by title."""
    read = json.loads((data / "xquad" / "xquad.en.json").read_text(encoding="utf-8"))["data"]
    return {one["title"].replace("_", " "): [part["context"] for part in one["paragraphs"]] for one in read}


def filled(database: Database, embedder: OnnxEmbedder, by_title: dict[str, list[str]]) -> Search:
    """A search over a file a paragraph, in a folder an article."""
    Roots(database, system_clock).add("/", may_teach=True)
    index = VectorIndex(database, embedder)
    writer = Index(database, index, system_clock)
    texts = [(f"/{title}/{number}.txt", text) for title, some in by_title.items() for number, text in enumerate(some)]
    vectors = embedder.passages([text for _, text in texts])
    for row, (path, text) in enumerate(texts):
        found = Found(path=path, state=FileState.WAITING)
        chunks = [Chunk(0, len(text), text, "", None)]
        writer.write(Prepared(found, row.to_bytes(32, "big"), chunks, vectors[row : row + 1]))
    return Search(database, embedder, index)


def figures(search: Search, by_title: dict[str, list[str]], floor: float) -> dict[str, float]:
    recall, precision = [], []
    for title, paragraphs in by_title.items():
        asked = wide(f"List all facts about {title}")
        assert asked is not None
        found = {passages[0].path for passages in search.near(asked.subject, asked.words, floor)}
        own = {path for path in found if path.startswith(f"/{title}/")}
        recall.append(len(own) / len(paragraphs))
        precision += [len(own) / len(found)] if found else []
    shown = {"recall": statistics.mean(recall), "precision": statistics.mean(precision) if precision else 1.0}
    return {name: round(value, 3) for name, value in shown.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    by_title = articles(parser.parse_args().data)
    halves = {"chosen_on": dict(list(by_title.items())[::2]), "held_out": dict(list(by_title.items())[1::2])}
    embedder = OnnxEmbedder(Models().embedder())
    with (
        tempfile.TemporaryDirectory() as name,
        Database.open(Path(name) / "library.db", bytes(32), MIGRATIONS, durable=False) as database,
    ):
        search = filled(database, embedder, by_title)
        told = {half: {str(floor): figures(search, some, floor) for floor in FLOORS} for half, some in halves.items()}
    embedder.close()
    print(json.dumps({"benchmark": "surveys", "near": NEAR, **told}))


if __name__ == "__main__":
    main()
