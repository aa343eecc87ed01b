"""Do examples fall into bins as their sources do? What the constants of clusters.py and NEAR rest on.

A source is one subject or author: the questions on an XQuAD article, CISI's, Cranfield's, an owner's own, an author's
first two sentences. Each half of the sources by itself (the constants were chosen with both in view): `one` is how
often 10 to 40 of one source stay one bin, `mixed` how often 10 to 25 of each of several fall into exactly as many, and
the adjusted Rand index beside it. `routed` asks of questions not in the bins: at each cosine how many go to their own
bin, to another's, and how many of a source that has none go to any.
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np

from engine.learning.domains.domains import NEAR
from engine.learning.statistics.clusters import APART, CLEAR, FEWEST, centroid, clustered
from engine.library.embed import OnnxEmbedder, Vectors
from engine.models.catalog import Models
from tests.benchmarks.collections import cisi, cranfield
from tests.benchmarks.questions import xquad

SMALLEST_SOURCE = 20
COSINES = (0.2, 0.25, 0.3, 0.35, 0.4)
Sources = dict[str, Vectors]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    texts = sources(parser.parse_args().data)
    embedder = OnnxEmbedder(Models().embedder())
    try:
        vectors = {name: embedder.passages(those) for name, those in texts.items()}
    finally:
        embedder.close()
    halves = [{name: vectors[name] for name in sorted(vectors)[half::2]} for half in (0, 1)]
    found = {name: measured(half) for name, half in zip(("tuned_on", "held_out"), halves, strict=True)}
    constants = {"clear": CLEAR, "apart": APART, "fewest": FEWEST, "near": NEAR}
    print(json.dumps({"benchmark": "domains", **constants, "sources": len(vectors), **found}))


def sources(data: Path) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for one in xquad(data):
        texts.setdefault(f"xquad {one.article}", []).append(one.question)
    for collection in (cisi(data / "cisi"), cranfield(data / "cranfield")):
        texts[collection.name] = list(collection.questions.values())
    own = Path(__file__).with_name("corrected_questions.jsonl").open(encoding="utf-8")
    texts["owner"] = [json.loads(line)["question"] for line in own]
    for author in sorted((data / "reuters_c50" / "train").iterdir()):
        texts[author.name] = [opening(path) for path in sorted(author.glob("*.txt"))]
    return {name: those for name, those in texts.items() if len(those) >= SMALLEST_SOURCE}


def opening(path: Path) -> str:
    return " ".join(re.split(r"(?<=[.!?])\s+", path.read_text(encoding="utf-8").strip())[:2])


def measured(half: Sources) -> dict[str, object]:
    draw = np.random.default_rng(0)
    one = [clustered(drawn(half[name], size, draw)).max() == 0 for name in half for size in (10, 20, 40)]
    mixed = {count: [mixture(half, count, draw) for _ in range(40)] for count in (2, 3, 4)}
    return {
        "one": round(float(np.mean(one)), 3),
        "mixed": {count: np.round(np.mean(those, axis=0), 3).tolist() for count, those in mixed.items()},
        "routed": routed(half, draw),
    }


def drawn(rows: Vectors, size: int, draw: np.random.Generator) -> Vectors:
    return rows[draw.permutation(len(rows))[:size]]


def mixture(half: Sources, count: int, draw: np.random.Generator) -> tuple[bool, float]:
    """Whether so many sources fall into as many bins, and how alike the two partitions are."""
    names = draw.choice(sorted(half), count, replace=False)
    parts = [drawn(half[name], int(draw.integers(10, 26)), draw) for name in names]
    truth = np.repeat(np.arange(count), [len(part) for part in parts])
    labels = clustered(np.concatenate(parts))
    return labels.max() + 1 == count, rand_index(truth, labels)


def rand_index(one: np.ndarray, other: np.ndarray) -> float:
    """Adjusted for chance (Hubert and Arabie, 1985)."""
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1)
    both, first, second = (pairs(counts) for counts in (table, table.sum(1), table.sum(0)))
    expected = first * second / pairs(np.array(len(one)))
    most = (first + second) / 2
    return 1.0 if most == expected else float((both - expected) / (most - expected))


def pairs(counts: np.ndarray) -> float:
    return float((counts * (counts - 1) / 2).sum())


def routed(half: Sources, draw: np.random.Generator) -> dict[str, list[float]]:
    """By cosine: the shares of questions to their own bin and to another's, and of strangers to any."""
    seen: dict[float, list[tuple[float, float, float]]] = {at: [] for at in COSINES}
    for _ in range(200):
        *names, stranger = draw.choice(sorted(half), int(draw.integers(3, 6)), replace=False)
        shuffled = [half[name][draw.permutation(len(half[name]))] for name in names]
        centroids = np.stack([centroid(rows[:12]) for rows in shuffled])
        asked = np.concatenate([rows[12:22] for rows in shuffled])
        truth = np.repeat(np.arange(len(names)), [len(rows[12:22]) for rows in shuffled])
        cosines, strange = asked @ centroids.T, (drawn(half[stranger], 10, draw) @ centroids.T).max(axis=1)
        right = cosines.argmax(axis=1) == truth
        for at in COSINES:
            near = cosines.max(axis=1) >= at
            seen[at].append(((near & right).mean(), (near & ~right).mean(), (strange >= at).mean()))
    return {f"{at:.2f}": np.round(np.mean(shares, axis=0), 3).tolist() for at, shares in seen.items()}


if __name__ == "__main__":
    main()
