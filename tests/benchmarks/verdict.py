"""From "train now" to the gate's verdict, then to the full gate's: a profile with one person's corrections.

    python -m tests.benchmarks.verdict --data ../shared/data/reuters_c50 [--author NAME] [--corrections 50]

Corrections are an author's first articles (see learning.py), each beside the base model's own greedy draft, in
conversations of their own; the base has answered nothing on this machine before. The aim is four minutes for fifty of
them on two cores. Nothing else does this, so there is no baseline; what the training itself takes is measured against
other programs in training.py. Prints one JSON line.
"""

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

from engine.assistant import Assistant
from engine.clock import rfc3339, system_clock
from engine.learning.values import TrainingProgress
from engine.models.processors import physical_cores
from engine.paths import models_dir
from engine.store.values import WithPassphrase
from tests.benchmarks.learning import drafted, messages, read

AIM_S = 240


class Phases:
    """When each phase of a training was first heard of."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}

    def hear(self, progress: TrainingProgress) -> None:
        self._began.setdefault(progress.phase, time.perf_counter())

    def seconds(self, ended: float) -> dict[str, float]:
        starts = [*self._began.values(), ended]
        return {phase: round(starts[place + 1] - starts[place], 1) for place, phase in enumerate(self._began)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--author", default="AaronPressman")
    parser.add_argument("--corrections", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        models = shutil.copytree(models_dir(), Path(folder) / "models", ignore=shutil.ignore_patterns("answers-*"))
        assistant, _ = Assistant.create(
            Path(folder) / "profile", WithPassphrase("Nine herons over Millbrook"), models=models
        )
        try:
            assistant.learning.turn_on()
            assistant.learning.capture.import_file(corrections(assistant, options, Path(folder)))
            phases = Phases()
            started = time.perf_counter()
            report = assistant.learning.train(report=phases.hear)
            ended = time.perf_counter()
            full = assistant.learning.judging.test_fully(report.adapter)
            full_ended = time.perf_counter()
        finally:
            assistant.close()
    print(
        json.dumps(
            {
                "benchmark": "verdict",
                "author": options.author,
                "corrections": report.examples + report.held_out,
                "cores": physical_cores(),
                "seconds": round(ended - started, 1),
                "aim_s": AIM_S,
                "phases": phases.seconds(ended),
                "verdict": report.gate.verdict,
                "reasons": report.gate.reasons,
                "full_seconds": round(full_ended - ended, 1),
                "full_verdict": full.verdict,
                "full_reasons": full.reasons,
            }
        )
    )


def corrections(assistant: Assistant, options: argparse.Namespace, folder: Path) -> Path:
    runtime = assistant.runtime
    articles = read(options.data / "train" / options.author, options.corrections, runtime)
    drafts = drafted([messages(article, None) for article in articles], None, runtime)
    path, now = folder / "feedback.jsonl", system_clock()
    lines = [
        {
            "prompt": article.question,
            "draft": drafts[place],
            "correction": article.target,
            "time": rfc3339(now - (len(articles) - place) * 60_000),
        }
        for place, article in enumerate(articles)
    ]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


if __name__ == "__main__":
    main()
