"""How fast a question finds its passages among many chunks of real text, and how much the vector leg misses.

    python -m tests.benchmarks.search --data DATA [--chunks 100000] [--vectors FILE.npy] [--read 185] [--questions 200]
                                      [--rounds 3]

The chunks are windows of 185 words over Reuters, CISI, Cranfield and XQuAD, begun at as many different words as it
takes. Embedding them takes most of an hour the first time; with --vectors they are kept for the next. With --read, the
embedder sees only so many of each chunk's words: quicker, and searching takes as long. The database is encrypted, the
embedder resident. Recall is against the exact cosine of every chunk.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from engine.clock import system_clock
from engine.library.chunk import Chunk
from engine.library.embed import Embedder, OnnxEmbedder, Vectors
from engine.library.index import Index, Prepared
from engine.library.roots import Roots
from engine.library.schema import MIGRATIONS
from engine.library.search import Search
from engine.library.values import FileState
from engine.library.vectors import VectorIndex
from engine.library.walk import Found
from engine.models.catalog import Models
from engine.store.database import Database
from tests.benchmarks.collections import all_collections

WORDS = 185
_A_DOCUMENT = 200  # chunks
_A_BATCH = 512


def texts(data: Path, wanted: int) -> list[str]:
    """`wanted` different windows of WORDS words."""
    collections = all_collections(data)
    sources = [path.read_text(encoding="utf-8") for path in sorted((data / "reuters_c50").rglob("*.txt"))]
    sources += [f"{title} {text}" for collection in collections for title, text in collection.documents.values()]
    words = " ".join(sources).split()
    starts = np.linspace(0, len(words) - WORDS, wanted).astype(int)
    return [" ".join(words[start : start + WORDS]) for start in starts]


def embedded(chunks: list[str], embedder: Embedder, keep: Path | None, words: int) -> Vectors:
    """A row for the first `words` of each chunk; read from `keep` where it holds them, and kept there once made."""
    if keep is not None and keep.exists():
        kept: Vectors = np.load(keep)
        if len(kept) == len(chunks):
            return kept
    chunks = [" ".join(chunk.split()[:words]) for chunk in chunks]
    rows = np.concatenate(
        [embedder.passages(chunks[first : first + _A_BATCH]) for first in range(0, len(chunks), _A_BATCH)]
    )
    if keep is not None:
        np.save(keep, rows)
    return rows


def filled(database: Database, chunks: list[str], vectors: Vectors, index: VectorIndex) -> None:
    """Write the chunks as documents of _A_DOCUMENT chunks each."""
    Roots(database, system_clock).add("/", may_teach=True)
    writer = Index(database, index, system_clock)
    for first in range(0, len(chunks), _A_DOCUMENT):
        some = chunks[first : first + _A_DOCUMENT]
        found = Found(path=f"/document{first}.txt", state=FileState.WAITING)
        cut = [Chunk(start, start + len(text), text, "", None) for start, text in enumerate(some)]
        writer.write(Prepared(found, first.to_bytes(32, "big"), cut, vectors[first : first + _A_DOCUMENT]))


def questions(data: Path, wanted: int) -> list[str]:
    every = [text for collection in all_collections(data) for text in collection.questions.values()]
    return every[:: max(1, len(every) // wanted)][:wanted]


def timed(work: Callable[[str], object], asked: list[str]) -> Iterator[float]:
    """Milliseconds of each."""
    for question in asked:
        began = time.perf_counter()
        work(question)
        yield (time.perf_counter() - began) * 1000


def recall(index: VectorIndex, vectors: Vectors, ids: np.ndarray, asked: Vectors) -> float:
    """The share of the exact ten best that the vector leg finds, over all questions."""
    shares = []
    for question in asked:
        exact = set(ids[np.argsort(-(vectors @ question))[:10]].tolist())
        found = index.similarities(question, index.candidates(question))
        best = set(sorted(found, key=found.__getitem__)[-10:])
        shares.append(len(exact & best) / 10)
    return statistics.fmean(shares)


def measure(
    database: Database, embedder: Embedder, vectors: Vectors, asked: list[str], rounds: int
) -> dict[str, object]:
    index = VectorIndex(database, embedder)
    search = Search(database, embedder, index)
    rows = dict(zip(asked, np.concatenate([embedder.questions([text]) for text in asked]), strict=True))
    documents = np.array([row[0] for row in database.read("SELECT id FROM documents ORDER BY id")])
    legs: dict[str, Callable[[str], object]] = {
        "question_to_passages": lambda text: search.passages(text, 10),
        "in_half_of_them": lambda text: search.passages(text, 10, documents[::2]),
        "in_one_document": lambda text: search.passages(text, 10, documents[:1]),
        "vector_leg": lambda text: index.similarities(rows[text], index.candidates(rows[text])),
        "embedding": lambda text: embedder.questions([text]),
    }
    search.passages(asked[0], 10)
    times: dict[str, list[float]] = {name: [] for name in legs}
    for _ in range(rounds):
        for name, leg in legs.items():
            times[name].extend(timed(leg, asked))
    ids = np.array([row[0] for row in database.read("SELECT id FROM chunks ORDER BY document, position")])
    figures: dict[str, object] = {"recall@10": round(recall(index, vectors, ids, np.stack(list(rows.values()))), 4)}
    for name, values in times.items():
        centiles = statistics.quantiles(values, n=20)
        figures |= {f"{name}_ms_p50": round(statistics.median(values), 2), f"{name}_ms_p95": round(centiles[18], 2)}
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--read", type=int, default=WORDS)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    embedder = OnnxEmbedder(Models().embedder())
    chunks = texts(options.data, options.chunks)
    vectors = embedded(chunks, embedder, options.vectors, options.read)
    with (
        tempfile.TemporaryDirectory() as name,
        Database.open(Path(name) / "library.db", bytes(32), MIGRATIONS, durable=False) as database,
    ):
        filled(database, chunks, vectors, VectorIndex(database, embedder))
        asked = questions(options.data, options.questions)
        figures = measure(database, embedder, vectors, asked, options.rounds)
    embedder.close()
    print(
        json.dumps(
            {
                "benchmark": "search",
                "chunks": len(chunks),
                "words_read": options.read,
                "embedder": embedder.name,
                **figures,
            }
        )
    )


if __name__ == "__main__":
    main()
