"""How many names and addresses the tagger finds in labelled texts, what else it takes for one, and how long it takes.

    python -m tests.benchmarks.names --data ../shared/data [--half tune|score] [--show]

How its words are read (engine.privacy.name_spans) was chosen on the texts in even places; it is scored on those in odd
places. Titles and degrees in a labelled name ("Dr.", "PhD") are left aside: they are not masked. A hit is false when it
touches nothing labelled. The paragraphs of XQuAD tell of well known people, and are not labelled: of what is found in
them only what has no capital is surely no name. Then all texts are masked twice, as curation does, in an encrypted
database.
"""

import argparse
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from engine.clock import system_clock
from engine.models.catalog import Models
from engine.privacy.masking import Masking
from engine.privacy.names import NameFinder, OnnxNames
from engine.privacy.private_words import PrivateWords
from engine.privacy.schema import MIGRATIONS
from engine.privacy.spans import Span
from engine.store.database import Database
from tests.benchmarks.collections import xquad

KINDS = {"PERSON": "name", "ADDRESS": "address"}
_TITLE = re.compile(r"(?:(?:mr|mrs|ms|miss|dr|prof)\.?(?:\s+|$))+", re.IGNORECASE)
_DEGREE = re.compile(r"(?:\s+(?:phd|md|dds|dvm|jr|sr|ii|iii|iv|v)\.?)+$", re.IGNORECASE)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--half", choices=["tune", "score"], default="score")
    arguments.add_argument("--show", action="store_true", help="print what was missed and what was hit besides")
    options = arguments.parse_args()
    texts = json.loads((options.data / "pii" / "generated_large.json").read_text(encoding="utf-8"))
    chosen = texts[0 if options.half == "tune" else 1 :: 2]
    paragraphs = [text for _, text in xquad(options.data / "xquad").documents.values()]
    finder = OnnxNames(Models().names)
    try:
        finder.find(["Anna"])  # loads it
        report = {"benchmark": "names", "half": options.half} | measure(finder, chosen, show=options.show)
        report["xquad"] = besides(finder, paragraphs, show=options.show)
        report |= seconds_of_masking(finder, [text["full_text"] for text in texts])
    finally:
        finder.close()
    print(json.dumps(report))


def measure(finder: NameFinder, texts: Sequence[dict[str, Any]], *, show: bool = False) -> dict[str, Any]:
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS.values()}
    words = 0
    for text, spans in zip(texts, finder.find([text["full_text"] for text in texts]), strict=True):
        content, labels = text["full_text"], list(labelled(text))
        words += len(content.split())
        for label in labels:
            if label.kind in counts:
                of = [span for span in spans if span.kind == label.kind and _touch(span, label)]
                whole = any(span.start <= label.start and label.end <= span.end for span in of)
                counts[label.kind].update(labelled=1, whole=whole, touched=bool(of))
                if show and not whole:
                    print("missed", label.kind, repr(content[label.start : label.end]), repr(content))
        for span in spans:
            touched = {label.kind for label in labels if _touch(span, label)}
            right = span.kind in touched
            counts[span.kind].update(hits=1, right=right, false=not touched)
            if show and not right:
                print(*(touched or ["false"]), span.kind, repr(content[span.start : span.end]))
    return {"texts": len(texts), "words": words} | {
        kind: {
            "labelled": found["labelled"],
            "found_whole": found["whole"] / found["labelled"],
            "found_at_least_in_part": found["touched"] / found["labelled"],
            "hits": found["hits"],
            "precision": found["right"] / found["hits"],
            "false_hits_per_1000_words": 1000 * found["false"] / words,
        }
        for kind, found in counts.items()
    }


def labelled(text: dict[str, Any]) -> Iterator[Span]:
    """What the text is labelled with: names and addresses by our kinds, the rest by its own."""
    for label in text["spans"]:
        start, end, kind = label["start_position"], label["end_position"], label["entity_type"]
        value = text["full_text"][start:end]
        if kind == "PERSON":
            title, degree = _TITLE.match(value), _DEGREE.search(value)
            end -= len(degree[0]) if degree else 0
            start += len(title[0]) if title else 0
        if start < end:
            yield Span(start, end, KINDS.get(kind, kind))


def besides(finder: NameFinder, texts: Sequence[str], *, show: bool = False) -> dict[str, Any]:
    hits = [
        text[span.start : span.end] for text, spans in zip(texts, finder.find(texts), strict=True) for span in spans
    ]
    if show:
        print(*sorted(hits), sep="\n")
    words = sum(len(text.split()) for text in texts)
    return {
        "words": words,
        "hits_per_1000_words": 1000 * len(hits) / words,
        "hits_without_a_capital": sum(hit == hit.lower() for hit in hits if not any(map(str.isdigit, hit))),
    }


def seconds_of_masking(finder: NameFinder, texts: list[str]) -> dict[str, float]:
    characters = sum(map(len, texts))
    with (
        tempfile.TemporaryDirectory() as folder,
        Database.open(Path(folder) / "owner.db", bytes(32), MIGRATIONS, durable=True) as database,
    ):
        mask = Masking(database, PrivateWords(database, system_clock), finder, names_wanted=lambda: True)
        seconds = []
        for _ in range(2):
            started = perf_counter()
            mask(texts)
            seconds.append(perf_counter() - started)
    first, again = seconds
    return {"masked": len(texts), "first_ms_per_1000_characters": 1e6 * first / characters, "again_s": again}


def _touch(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


if __name__ == "__main__":
    main()
