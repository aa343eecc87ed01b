"""Does the next question tell of the answer before it? What engine.learning.follow_up's threshold and words rest on.

`rephrased` are XQuAD questions asked again in other words (rephrased_questions.jsonl), `own` an owner's
(corrected_questions.jsonl); `next` are XQuAD questions after the one before them on the same paragraph, `same_article`
pairs about one article: follow-ups that ask something else. Those written for this (follow_ups.toml) are counted by
their list; the complaints were written beside the word list, so only their false hits are worth a figure.
"""

import argparse
import itertools
import json
import tomllib
from pathlib import Path

import numpy as np

from engine.learning.follow_up import ASKED_AGAIN, is_complaint
from engine.library.embed import Embedder, OnnxEmbedder
from engine.models.catalog import Models
from tests.benchmarks.questions import xquad

THRESHOLDS = (0.7, 0.75, 0.8, 0.85, 0.88, 0.9, 0.92)
HERE = Path(__file__)
Pairs = list[tuple[str, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    lists = tomllib.loads(HERE.with_name("follow_ups.toml").read_text(encoding="utf-8"))
    groups = collected(data) | {name: pairs for name, pairs in lists.items() if not name.startswith("complaints")}
    embedder = OnnxEmbedder(Models().embedder())
    try:
        alike = {name: similarities(embedder, pairs) for name, pairs in groups.items()}
    finally:
        embedder.close()
    passing = {
        f"{at:.2f}": {name: round(float((values >= at).mean()), 4) for name, values in alike.items()}
        for at in THRESHOLDS
    }
    said = {name: texts for name, texts in lists.items() if name.startswith("complaints")}
    said |= {name: [later for _, later in pairs] for name, pairs in lists.items() if name not in said}
    said |= {"questions": [one.question for one in xquad(data)], "instructions": instructions(data)}
    complaints = {name: sum(map(is_complaint, texts)) for name, texts in said.items()}
    counts = {name: len(pairs) for name, pairs in groups.items()} | {name: len(texts) for name, texts in said.items()}
    print(
        json.dumps(
            {
                "benchmark": "follow_ups",
                "asked_again": ASKED_AGAIN,
                "counts": counts,
                "passing": passing,
                "complaints": complaints,
            }
        )
    )


def collected(data: Path) -> dict[str, Pairs]:
    asked = xquad(data)
    by_id = {one.id: one.question for one in asked}
    rephrased = [json.loads(line) for line in HERE.with_name("rephrased_questions.jsonl").open(encoding="utf-8")]
    corrected = [json.loads(line) for line in HERE.with_name("corrected_questions.jsonl").open(encoding="utf-8")]
    return {
        "rephrased": [(by_id[one["id"]], one["again"]) for one in rephrased],
        "own": [(one["question"], again) for one in corrected for again in one["again"]],
        "next": [(a.question, b.question) for a, b in itertools.pairwise(asked) if a.paragraph == b.paragraph],
        "same_article": [
            (a.question, b.question)
            for a, b in itertools.combinations(asked, 2)
            if a.article == b.article and a.paragraph != b.paragraph
        ],
    }


def instructions(data: Path) -> list[str]:
    with (data / "ifeval" / "input_data.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line)["prompt"] for line in lines]


def similarities(embedder: Embedder, pairs: Pairs) -> np.ndarray:
    texts = list(dict.fromkeys(text for pair in pairs for text in pair))
    vectors = dict(zip(texts, embedder.questions(texts), strict=True))
    return np.array([vectors[one] @ vectors[other] for one, other in pairs])


if __name__ == "__main__":
    main()
