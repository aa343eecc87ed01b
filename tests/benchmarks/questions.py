"""The XQuAD questions that several benchmarks ask: each with its article, its paragraph and its answer."""

import json
from pathlib import Path

from msgspec import Struct


class Asked(Struct, frozen=True):
    """A question and where its answer stands."""

    id: str
    question: str
    article: int
    paragraph: str
    answer: str


def xquad(data: Path) -> list[Asked]:
    articles = json.loads((data / "xquad" / "xquad.en.json").read_text(encoding="utf-8"))["data"]
    return [
        Asked(asked["id"], asked["question"].strip(), number, paragraph["context"], asked["answers"][0]["text"])
        for number, article in enumerate(articles)
        for paragraph in article["paragraphs"]
        for asked in paragraph["qas"]
    ]
