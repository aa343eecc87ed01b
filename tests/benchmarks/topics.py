"""How often questions seem to have changed when they have not, and when they have: on XQuAD and Reuters 50/50.

    python -m tests.benchmarks.topics --data DATA [--draws 200]

An owner asks about some articles of XQuAD, a paragraph a conversation, or writes as one author of Reuters does, the
first sentence of an article a conversation. Fifty questions are what was trained on; of the questions since, all, half
or none are about other articles, or as another author.
"""

import argparse
import json
import random
import re
from collections import defaultdict
from pathlib import Path

import numpy as np

from engine.learning.statistics.topics import LEVEL, p_value
from engine.library.embed import OnnxEmbedder, Vectors
from engine.models.catalog import Models

Subject = list[list[str]]
"""Conversations, each a list of questions."""

TRAINED = 50


def xquad(data: Path) -> list[Subject]:
    articles = json.loads((data / "xquad" / "xquad.en.json").read_text(encoding="utf-8"))["data"]
    return [[[qa["question"] for qa in paragraph["qas"]] for paragraph in one["paragraphs"]] for one in articles]


def reuters(data: Path) -> list[Subject]:
    authors: dict[str, Subject] = defaultdict(list)
    for path in sorted((data / "reuters_c50").glob("*/*/*.txt")):
        text = " ".join(path.read_text(encoding="utf-8", errors="replace").split())
        authors[path.parent.name].append([re.split(r"(?<=[a-z][.!?]) ", text)[0][:300]])
    return list(authors.values())


def drawn(
    subjects: list[Subject], each: int, recent: int, changed: float, draw: random.Random
) -> tuple[Subject, Subject]:
    """What was trained on, of the first half of the subjects, and what was asked since; `each` questions at a time."""
    halves = subjects[: len(subjects) // 2], subjects[len(subjects) // 2 :]
    mine, other = ([cut for subject in half for cut in _cut(subject, each, draw)] for half in halves)
    draw.shuffle(mine)
    draw.shuffle(other)
    before, rest, wanted = mine[: TRAINED // each], mine[TRAINED // each :], recent // each
    new = round(wanted * changed)
    assert len(rest) >= wanted - new
    return before, rest[: wanted - new] + other[:new]


def alarms(cases: list[tuple[Subject, Subject]], vectors: dict[str, Vectors]) -> float:
    found = [
        p_value(*([np.stack([vectors[text] for text in one]) for one in side] for side in case)) <= LEVEL
        for case in cases
    ]
    return sum(found) / len(found)


def _cut(subject: Subject, each: int, draw: random.Random) -> Subject:
    return [draw.sample(questions, min(each, len(questions))) for questions in subject]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=200)
    options = parser.parse_args()
    embedder = OnnxEmbedder(Models().embedder())
    found = {}
    for name, subjects, many, each in (
        ("xquad, 20 articles, a question a conversation", xquad(options.data), 20, 1),
        ("xquad, 10 articles, two questions a conversation", xquad(options.data), 10, 2),
        ("reuters, an author", reuters(options.data), 1, 1),
    ):
        texts = [text for subject in subjects for questions in subject for text in questions]
        rows = embedder.passages(texts)
        vectors = dict(zip(texts, rows, strict=True))
        for recent in (25, 50):
            for changed in (0.0, 0.5, 1.0):
                draw = random.Random(1)
                chosen = [draw.sample(subjects, 2 * many) for _ in range(options.draws)]
                cases = [drawn(some, each, recent, changed, draw) for some in chosen]
                found[f"{name}: {recent} since, {changed:.0%} changed"] = alarms(cases, vectors)
    embedder.close()
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
