"""How fast documents are indexed: chunks a second end to end, and as a ratio to a plain loop on the same files.

    python -m tests.benchmarks.indexing --data DATA [--baseline-python PYTHON] [--files N] [--rounds N]

The files are the abstracts of CISI and the articles of Reuters, as text. The engine parses them in its sandbox, cuts,
embeds, and writes vectors, codes and full text to an encrypted database; the baseline (see baselines/) does the least.
Rounds alternate; the medians are told.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from engine.clock import system_clock
from engine.library.embed import OnnxEmbedder
from engine.library.library import Library
from engine.library.schema import MIGRATIONS
from engine.models.catalog import Models
from engine.store.database import Database
from tests.benchmarks.collections import cisi

BASELINE = Path(__file__).parent / "baselines" / "indexing_baseline.py"


def write_files(data: Path, folder: Path, most: int) -> None:
    articles = [path.read_text(encoding="utf-8") for path in sorted((data / "reuters_c50" / "train").rglob("*.txt"))]
    abstracts = [f"{title}\n\n{text}" for title, text in cisi(data / "cisi").documents.values()]
    mixed = [text for pair in zip(articles, abstracts, strict=False) for text in pair]
    for number, text in enumerate(mixed[:most]):
        (folder / f"{number:04}.txt").write_text(text, encoding="utf-8")


def engine_round(folder: Path, scratch: Path, embedder: OnnxEmbedder) -> dict[str, float]:
    began = time.perf_counter()
    path = scratch / f"{time.monotonic_ns()}.db"
    with Database.open(path, bytes(32), MIGRATIONS, durable=False) as database:
        library = Library(database, embedder, text_limit_mb=100, clock=system_clock)
        report = library.add([folder])
        seconds = time.perf_counter() - began
        rows = database.read("SELECT sum(length(text)) FROM chunks")
    return {"chunks": report.chunks, "characters": rows[0][0], "seconds": seconds}


def baseline_round(python: Path, tokenizer: str, folder: Path, scratch: Path) -> dict[str, float]:
    command = [python, BASELINE, tokenizer, folder, scratch / f"{time.monotonic_ns()}.sqlite"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--baseline-python", type=Path, default=Path(".venv-bench/bin/python"))
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    description = Models().embedder()
    embedder = OnnxEmbedder(description)
    with tempfile.TemporaryDirectory() as name:
        scratch, folder = Path(name), Path(name) / "documents"
        folder.mkdir()
        write_files(options.data, folder, options.files)
        embedder.start()
        ours, theirs = [], []
        for _ in range(options.rounds):
            ours.append(engine_round(folder, scratch, embedder))
            theirs.append(baseline_round(options.baseline_python, description.tokenizer_path, folder, scratch))
    embedder.close()
    print(json.dumps({"benchmark": "indexing", **compared(ours, theirs)}))


def compared(ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> dict[str, object]:
    """Medians of chunks and characters a second, and the ratios of both: chunks are not cut alike."""

    def rate(rounds: list[dict[str, float]], unit: str) -> float:
        return statistics.median(one[unit] / one["seconds"] for one in rounds)

    return {
        "chunks_per_s": round(rate(ours, "chunks"), 1),
        "baseline_chunks_per_s": round(rate(theirs, "chunks"), 1),
        "ratio": round(rate(ours, "chunks") / rate(theirs, "chunks"), 2),
        "ratio_by_characters": round(rate(ours, "characters") / rate(theirs, "characters"), 2),
        "chunks": ours[0]["chunks"],
        "baseline": theirs[0]["versions"],
    }


if __name__ == "__main__":
    main()
