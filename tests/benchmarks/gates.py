"""Does the quick gate tell a gain from none? Twenty people who gain, and twenty whose words hold nothing to learn.

    python -m tests.benchmarks.gates --data ../shared/data/reuters_c50 [--conditions real coin] [--cache FOLDER]

Each is a whole "train now" in a profile: 45 rows, 36 to train on, the newest nine held out, settings as shipped.

real       an author's articles (see learning.py) as corrections: five authors, four draws of 45 of their 100 each
coin       the same prompts, but of two drafts of the model, at the temperature it is shipped with, a coin says which
           was chosen: shuffled labels, with which nothing can be learned that the model does not say already
shorter    of the same two drafts always the one of fewer words: a wish that can be learned, from choices alone
permuted   an author's articles as corrections of each other's openings: the prompt tells nothing of the text, but
           author and kind of text can still be learned, and are gained truly

Prints one JSON line: verdicts by condition; of none promoted in `of`, the rate is below 1 - .05^(1/of) (95 %).
"""

import argparse
import collections
import json
import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from engine.assistant import Assistant
from engine.clock import rfc3339, system_clock
from engine.learning import course
from engine.learning.values import TrainReport
from engine.models.values import Asked, Sampling
from engine.store.values import WithPassphrase
from tests.benchmarks.kept import Kept
from tests.benchmarks.learning import Article, answered, messages, read, tell

ROWS = 45
CONDITIONS = ("real", "coin", "shorter", "permuted")
HALVES = ("train", "test")


def main() -> None:
    options = parsed()
    as_shipped = course.configured
    course.configured = lambda layers, examples: msgspec.structs.replace(
        as_shipped(layers, examples), pair_weight=options.pair_weight
    )
    with tempfile.TemporaryDirectory() as folder:
        assistant, _ = Assistant.create(Path(folder) / "profile", WithPassphrase("Nine herons over Millbrook"))
        try:
            assistant.learning.turn_on()
            people = People(assistant, options)
            told: dict[str, list[TrainReport]] = {condition: [] for condition in options.conditions}
            for number in range(options.people):
                for condition, reports in told.items():
                    reports.append(people.judged(condition, number))
        finally:
            assistant.close()
    print(json.dumps({"benchmark": "gates", "rows": ROWS, **{name: summary(some) for name, some in told.items()}}))


class People:
    """One profile, in which each person's feedback takes the place of the last one's."""

    def __init__(self, assistant: Assistant, options: argparse.Namespace) -> None:
        self._assistant = assistant
        self._data: Path = options.data
        self._authors = sorted(path.name for path in (options.data / "train").iterdir())
        asked = [options.pair_weight] if options.pair_weight else []
        self._kept = Kept(options.cache, [ROWS, assistant.runtime.description.serving_sha256, *asked])

    def judged(self, condition: str, number: int) -> TrainReport:
        """What the gate says of one person's adapter."""
        name = f"{condition}-{number}"
        report = msgspec.json.decode(self._kept.get(name, lambda: self._judged(condition, number)), type=TrainReport)
        tell(f"{name}: {report.gate.verdict} {report.gate.reasons}")
        return report

    def _judged(self, condition: str, number: int) -> bytes:
        draw = random.Random(number)
        author = self._authors[number % len(self._authors)]
        runtime = self._assistant.runtime
        articles = [article for half in HALVES for article in read(self._data / half / author, 50, runtime)]
        lines = {"real": corrections, "coin": self._by_coin, "shorter": self._shorter, "permuted": permuted}[condition](
            draw.sample(articles, ROWS), draw
        )
        self._assistant.forget(everything=True)
        with tempfile.TemporaryDirectory() as folder:
            path, now = Path(folder) / "feedback.jsonl", system_clock()
            rows = [line | {"time": rfc3339(now - (len(lines) - place) * 60_000)} for place, line in enumerate(lines)]
            path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
            self._assistant.learning.capture.import_file(path)
        return msgspec.json.encode(self._assistant.learning.train())

    def _by_coin(self, articles: Sequence[Article], draw: random.Random) -> list[dict[str, Any]]:
        return self._chosen(articles, draw, lambda pair: draw.sample(pair, 2))

    def _shorter(self, articles: Sequence[Article], draw: random.Random) -> list[dict[str, Any]]:
        return self._chosen(articles, draw, lambda pair: sorted(pair, key=lambda text: len(text.split())))

    def _chosen(
        self, articles: Sequence[Article], draw: random.Random, order: Callable[[list[str]], list[str]]
    ) -> list[dict[str, Any]]:
        """Of two drafts to each prompt the first in `order` was chosen."""
        sampling = [Sampling(seed=draw.getrandbits(31), max_tokens=60) for _ in range(2 * len(articles))]
        prompts = [messages(article, None) for article in articles for _ in range(2)]
        drafts = answered(list(map(Asked, prompts, sampling)), None, self._assistant.runtime)
        lines = []
        for place, article in enumerate(articles):
            chosen, left = order(drafts[2 * place : 2 * place + 2])
            lines.append({"prompt": article.question, "draft": chosen, "rejected": left})
        return lines


def corrections(articles: Sequence[Article], draw: random.Random) -> list[dict[str, Any]]:
    return [{"prompt": article.question, "correction": article.target} for article in articles]


def permuted(articles: Sequence[Article], draw: random.Random) -> list[dict[str, Any]]:
    targets = [article.target for article in articles]
    draw.shuffle(targets)
    return [
        {"prompt": article.question, "correction": target} for article, target in zip(articles, targets, strict=True)
    ]


def summary(reports: Sequence[TrainReport]) -> dict[str, Any]:
    verdicts = collections.Counter(report.gate.verdict for report in reports)
    gains = [report.gate.scores[0] for report in reports if report.gate.scores]
    return {
        "of": len(reports),
        **verdicts,
        "gains": [[round(score.difference, 3), round(score.low or 0, 3), round(score.high or 0, 3)] for score in gains],
        "seconds": round(sum(report.seconds for report in reports) / len(reports), 1),
    }


def parsed() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--conditions", nargs="+", choices=CONDITIONS, default=list(CONDITIONS[:2]))
    arguments.add_argument("--pair-weight", type=float, default=0.0, help="of preferring what was chosen, in training")
    arguments.add_argument("--people", type=int, default=20)
    arguments.add_argument("--cache", type=Path, help="a folder for what was measured, to go on from; none without it")
    return arguments.parse_args()


if __name__ == "__main__":
    main()
