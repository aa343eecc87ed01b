"""How much structured personal data the masks find, and how much else they hit, on labelled texts.

    python -m tests.benchmarks.redaction --data ../shared/data/pii [--half tune|score]

The masks were written looking at the texts in even places and are scored on those in odd places. The values differ
between the halves; the sentence patterns around them do not. A hit is false when it touches no
labelled personal data. Names are measured in names.py.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from time import perf_counter
from typing import Any

from engine.privacy.redact import find, redact

KINDS = {
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip",
    "US_SSN": "ssn",
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--half", choices=["tune", "score"], default="score")
    arguments.add_argument("--show", action="store_true", help="print what was missed and what was hit falsely")
    options = arguments.parse_args()
    texts = json.loads((options.data / "generated_large.json").read_text(encoding="utf-8"))
    chosen = texts[0 if options.half == "tune" else 1 :: 2]
    print(json.dumps({"benchmark": "redaction", "half": options.half} | measure(chosen, show=options.show)))


def measure(texts: list[dict[str, Any]], *, show: bool = False) -> dict[str, Any]:
    labelled: Counter[str] = Counter()
    found: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    false, mistaken, words, characters = 0, 0, 0, 0
    started = perf_counter()
    for text in texts:
        redact(text["full_text"])
        characters += len(text["full_text"])
    seconds = perf_counter() - started
    for text in texts:
        words += len(text["full_text"].split())
        spans = find(text["full_text"])
        hits.update(span.kind for span in spans)
        for label in text["spans"]:
            kind = KINDS.get(label["entity_type"])
            if kind is None:
                continue
            covered = any(span.start <= label["start_position"] and label["end_position"] <= span.end for span in spans)
            labelled[kind] += 1
            found[kind] += covered
            if show and not covered:
                print("missed", kind, repr(label["entity_value"]), repr(text["full_text"]))
        for span in spans:
            touched = {
                KINDS.get(label["entity_type"])
                for label in text["spans"]
                if label["start_position"] < span.end and span.start < label["end_position"]
            }
            false += not touched
            mistaken += bool(touched) and span.kind not in touched
            if show and span.kind not in touched:
                print("false" if not touched else "mistaken", span, repr(text["full_text"][span.start : span.end]))
    return {
        "texts": len(texts),
        "words": words,
        "recall": sum(found.values()) / sum(labelled.values()),
        "recall_by_kind": {kind: [found[kind], labelled[kind]] for kind in sorted(labelled)},
        "hits_by_kind": dict(sorted(hits.items())),
        "false_hits_per_1000_words": 1000 * false / words,
        "hits_on_other_personal_data": mistaken,
        "ms_per_1000_characters": 1e6 * seconds / characters,
    }


if __name__ == "__main__":
    main()
