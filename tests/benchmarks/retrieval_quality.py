"""How well the library finds: nDCG@10, recall@100 and MRR of words, meaning and both, on CISI, Cranfield and XQuAD.

    python -m tests.benchmarks.retrieval_quality --data DATA [--half even|odd|all]

Weights were chosen on the even half of each set's questions; `--half odd` scores what no choice has seen. Documents are
indexed as Markdown files by the library itself; a document scores as its best chunk.
"""

import argparse
import json
import math
import statistics
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.clock import system_clock
from engine.library.embed import Embedder, OnnxEmbedder
from engine.library.library import Library
from engine.library.schema import MIGRATIONS
from engine.library.search import MEANING, Search
from engine.library.vectors import VectorIndex
from engine.models.catalog import Models
from engine.store.database import Database
from tests.benchmarks.collections import Collection, all_collections

Ranker = Callable[[dict[int, float], dict[int, float]], dict[int, float]]


def reciprocal(words: dict[int, float], meaning: dict[int, float]) -> dict[int, float]:
    """Reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009), k = 60."""
    fused: dict[int, float] = {}
    for part in (words, meaning):
        for place, chunk in enumerate(sorted(part, key=lambda chunk: -part[chunk]), 1):
            fused[chunk] = fused.get(chunk, 0.0) + 1 / (60 + place)
    return fused


RANKERS: dict[str, Ranker] = {
    "words": lambda words, _: words,
    "meaning": lambda _, meaning: meaning,
    "sum": lambda words, meaning: {
        chunk: MEANING * cosine + (1 - MEANING) * words.get(chunk, 0.0) for chunk, cosine in meaning.items()
    },
    "reciprocal ranks": reciprocal,
}


def measure(collection: Collection, embedder: Embedder, half: str) -> dict[str, dict[str, float]]:
    """Scores of each ranker on one collection."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Database.open(folder / "library.db", bytes(32), MIGRATIONS, durable=False) as database:
            document_of = indexed(collection, folder / "documents", database, embedder)
            search = Search(database, embedder, VectorIndex(database, embedder))
            scored: dict[str, list[tuple[float, float, float]]] = {name: [] for name in RANKERS}
            for number, (question, text) in enumerate(collection.questions.items()):
                if half != "all" and number % 2 != (half == "odd"):
                    continue
                parts = search.parts(text)
                for ranker, rank in RANKERS.items():
                    ranked = by_document(rank(*parts), document_of)
                    scored[ranker].append(scores(ranked, collection.judged[question]))
    return {
        ranker: dict(zip(("ndcg@10", "recall@100", "mrr"), map(_mean, zip(*rows, strict=True)), strict=True))
        for ranker, rows in scored.items()
    }


def indexed(collection: Collection, folder: Path, database: Database, embedder: Embedder) -> dict[int, str]:
    """Index the collection; which document each chunk belongs to."""
    folder.mkdir()
    for number, (title, text) in collection.documents.items():
        (folder / f"{number}.md").write_text(f"# {title}\n\n{text}\n" if title else text, encoding="utf-8")
    Library(database, embedder, text_limit_mb=100, clock=system_clock).add([folder])
    rows = database.read("SELECT c.id, d.path FROM chunks c JOIN documents d ON d.id = c.document")
    return {chunk: Path(path).stem for chunk, path in rows}


def by_document(chunks: Mapping[int, float], document_of: Mapping[int, str]) -> list[str]:
    """Documents by their best chunk, best first."""
    best: dict[str, float] = {}
    for chunk, score in chunks.items():
        document = document_of[chunk]
        best[document] = max(score, best.get(document, -math.inf))
    return sorted(best, key=lambda document: (-best[document], document))


def scores(ranked: list[str], relevant: set[str]) -> tuple[float, float, float]:
    """nDCG@10 with equal gains, recall@100, reciprocal rank of the first relevant one."""
    gain = sum(1 / math.log2(place + 2) for place, document in enumerate(ranked[:10]) if document in relevant)
    ideal = sum(1 / math.log2(place + 2) for place in range(min(10, len(relevant))))
    first = next((place for place, document in enumerate(ranked, 1) if document in relevant), None)
    return gain / ideal, len(relevant.intersection(ranked[:100])) / len(relevant), 1 / first if first else 0.0


def _mean(values: tuple[float, ...]) -> float:
    return round(statistics.fmean(values), 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--half", choices=["even", "odd", "all"], default="all")
    parser.add_argument("--sets", nargs="*", help="names of collections; all by default")
    options = parser.parse_args()
    embedder = OnnxEmbedder(Models().embedder())
    try:
        sets = {
            collection.name: measure(collection, embedder, options.half)
            for collection in all_collections(options.data)
            if not options.sets or collection.name in options.sets
        }
    finally:
        embedder.close()
    print(json.dumps({"benchmark": "retrieval_quality", "half": options.half, "embedder": embedder.name, "sets": sets}))


if __name__ == "__main__":
    main()
