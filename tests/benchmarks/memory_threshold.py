"""How alike must two questions be for a past correction to help? What engine.memory.memory.ALIKE rests on.

Unrelated pairs are XQuAD questions about different articles, and IFEval instructions; near misses are different
questions about one paragraph; `rephrased` are XQuAD questions asked again in other words (rephrased_questions.jsonl).
`any_of_100` is the share of questions that would recall something from 100 corrections about other articles.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from engine.library.embed import OnnxEmbedder
from engine.memory.memory import ALIKE
from engine.models.catalog import Models
from tests.benchmarks.questions import xquad

THRESHOLDS = (0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    asked = xquad(data := parser.parse_args().data)
    again = [json.loads(line) for line in Path(__file__).with_name("rephrased_questions.jsonl").open(encoding="utf-8")]
    instructions = [
        json.loads(line)["prompt"] for line in (data / "ifeval" / "input_data.jsonl").open(encoding="utf-8")
    ]
    embedder = OnnxEmbedder(Models().embedder())
    try:
        questions = embedder.questions([one.question for one in asked])
        rephrased = embedder.questions([one["again"] for one in again])
        unlike = embedder.questions(instructions)
    finally:
        embedder.close()
    row_of = {one.id: row for row, one in enumerate(asked)}
    articles = np.array([one.article for one in asked])
    paragraphs = np.unique([one.paragraph for one in asked], return_inverse=True)[1]
    alike = questions @ questions.T
    other_article = articles[:, None] != articles
    near_miss = (paragraphs[:, None] == paragraphs) & ~np.eye(len(asked), dtype=bool)
    groups = {
        "unrelated": alike[other_article],
        "any_of_100": most_alike_of(alike, other_article, 100),
        "instructions": (unlike @ unlike.T)[np.triu_indices(len(unlike), 1)],
        "near_misses": alike[near_miss],
        "rephrased": np.einsum("ij,ij->i", rephrased, questions[[row_of[one["id"]] for one in again]]),
    }
    passing = {
        f"{at:.2f}": {name: round(float((values >= at).mean()), 5) for name, values in groups.items()}
        for at in THRESHOLDS
    }
    pairs = {name: len(values) for name, values in groups.items()}
    print(json.dumps({"benchmark": "memory_threshold", "alike": ALIKE, "pairs": pairs, "passing": passing}))


def most_alike_of(alike: np.ndarray, allowed: np.ndarray, count: int) -> np.ndarray:
    """For each row, the highest of `count` values drawn from those allowed."""
    draw = np.random.default_rng(0)
    return np.array(
        [
            row[draw.choice(np.flatnonzero(may), count, replace=False)].max()
            for row, may in zip(alike, allowed, strict=True)
        ]
    )


if __name__ == "__main__":
    main()
