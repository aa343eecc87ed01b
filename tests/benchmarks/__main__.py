"""Runs the benchmarks one after another, a JSON line each: `make bench DATA=FOLDER [BENCH="decode search"]`.

FOLDER holds the public collections (reuters_c50, cisi, cranfield, xquad, ifeval, pii, injection); none is part of the
project.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from engine.models.catalog import Models

SERVED = "smollm2-135m-instruct"


def commands(data: Path) -> dict[str, list[str]]:
    """Each benchmark's arguments, quick ones first."""
    reuters = data / "reuters_c50"
    texts = [str(path) for path in sorted((reuters / "test").rglob("*.txt"))[:50]]
    return {
        "startup": ["--data", str(reuters)],
        "rescan": [],
        "decode": [],
        "together": [],
        "serving_format": [Models().describe(SERVED).base_path, *texts],
        "redaction": ["--data", str(data / "pii")],
        "names": ["--data", str(data)],
        "immediate_loop": [],
        "quality_filters": ["--data", str(data)],
        "retrieval_quality": ["--data", str(data)],
        "memory_threshold": ["--data", str(data)],
        "domains": ["--data", str(data)],
        "follow_ups": ["--data", str(data)],
        "citations": ["--data", str(data)],
        "surveys": ["--data", str(data)],
        "indexing": ["--data", str(data)],
        "search": ["--data", str(data)],
        "training": [],
        "time_to_loss": ["--data", str(reuters)],
        "verdict": ["--data", str(reuters)],
        "answer_while_training": [],
        "gates": ["--data", str(reuters)],
        "learning": ["--data", str(reuters)],
        "memorisation": ["--data", str(reuters)],
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.benchmarks")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    known = commands(options.data)
    failed = [
        name
        for name in options.names or known
        if subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}", *known[name]], check=False).returncode
    ]
    for name in failed:
        print(f"{name} did not finish", file=sys.stderr)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
