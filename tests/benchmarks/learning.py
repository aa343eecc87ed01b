"""Does it learn? One person's corrections, that person's next texts, and another person's adapter as the control.

    python -m tests.benchmarks.learning --data ../shared/data/reuters_c50 [--sizes 10 25 50] [--cache FOLDER]

For each author of Reuters 50/50: prompt, an article's first two sentences; target, its next 60 tokens. Learned from
the first articles of train/ only, scored on test/ only, under the base model, memory (past corrections to alike
questions in the prompt, as chat recalls them), the author's adapter, both, and the next author's adapter. Scores are
mean log-likelihood of the target (nat a token; the end-of-turn token, which these cut texts make predictable, is
neither trained on nor scored), ROUGE-L and edit distance of greedy drafts; the gate's instructions followed; and
log-likelihood of its other texts. Differences are per author, paired by item, with a 95 % bootstrap interval.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from engine.chat.prompt import Prompt, wording
from engine.clock import system_clock
from engine.learning import course
from engine.learning.gate.base_answers import greedily
from engine.learning.gate.instruction_checks import holds, instruction_checks, reference_texts
from engine.learning.gate.likeness import edit_distance, rouge_l
from engine.learning.statistics.bootstrap import paired_interval
from engine.learning.training.train import General, TrainingConfig, TrainingExample, train
from engine.library.embed import OnnxEmbedder
from engine.memory import schema as memory_schema
from engine.memory.memory import Memory
from engine.models.catalog import Models
from engine.models.llama import LlamaRuntime
from engine.models.values import AdapterFile, AdapterInUse, Asked, Message
from engine.progress import Control
from engine.store.database import Database
from tests.benchmarks.general import general
from tests.benchmarks.kept import Kept

TARGET_TOKENS = 60
TUNABLE = {
    "layers": int,
    "learning_rate": float,
    "epochs": int,
    "seed": int,
    "pair_weight": float,
    "beta": float,
    "replay_weight": float,
    "replayed": int,
    "most_divergence": float,
}
CONDITIONS = ("base", "memory", "adapter", "both", "other")
DIFFERENCES = (
    ("adapter", "base"),
    ("memory", "base"),
    ("both", "base"),
    ("both", "adapter"),
    ("both", "memory"),
    ("adapter", "other"),
)
MEASURES = ("log_likelihood", "rouge_l", "edit_distance", "instructions", "other_texts", "recalled")

Measured = dict[str, list[float]]
Scores = dict[str, dict[str, list[float]]]
"""By measure and condition, one number an article, draft, check or text."""


class Article(NamedTuple):
    question: str
    target: str


class Told(Struct, array_like=True):
    """A training as it is kept; `losses` are the first step's and the last's."""

    gguf: bytes
    tokens: int
    seconds: float
    losses: list[float]
    divergences: list[float]
    scale: float
    config: TrainingConfig


def main() -> None:
    options = parsed()
    embedder = OnnxEmbedder(Models().embedder())
    authors = sorted(path.name for path in (options.data / "train").iterdir())[: options.authors]
    bench = Bench(options, embedder)
    for author in authors:
        for size in options.sizes:
            bench.train(author, size)
    people = {
        author: {size: bench.score(author, authors[(place + 1) % len(authors)], size) for size in options.sizes}
        for place, author in enumerate(authors)
    }
    bench.close()
    embedder.close()
    print(msgspec.json.encode(report(options, bench.trained, people)).decode())


class Bench:
    """One base model, one way of training, and the adapters made of it."""

    def __init__(
        self,
        options: argparse.Namespace,
        embedder: OnnxEmbedder,
    ) -> None:
        self.trained: dict[str, dict[str, object]] = {}
        self._options = options
        self._embedder = embedder
        self._adapters: dict[str, bytes] = {}
        self._model = Models().describe(options.model)
        self._kept = Kept(options.cache, [asked_of(options), self._model.base_sha256])
        self._runtime = LlamaRuntime(self._model, load_adapter=self._load, context_tokens=2048)
        self._general: General | None = None

    def close(self) -> None:
        self._runtime.close()

    def _load(self, name: str) -> AdapterFile:
        return AdapterFile(self._adapters[name], self._model.base_sha256)

    def train(self, author: str, size: int) -> None:
        """Learn from the author's first `size` articles."""
        name = f"{author}-{size}"
        told = msgspec.json.decode(self._kept.get(f"{name}-trained", lambda: self._train(author, size)), type=Told)
        self._adapters[name] = told.gguf
        self.trained[name] = {
            "tokens": told.tokens,
            "seconds": round(told.seconds, 1),
            "losses": told.losses,
            "divergences": [round(divergence, 4) for divergence in told.divergences],
            "scale": told.scale,
            "config": told.config,
        }
        tell(f"{name}: trained {self.trained[name]}")

    def score(self, author: str, other: str, size: int) -> Scores:
        """The author's test articles under every condition."""
        tests = read(self._options.data / "test" / author, self._options.limit, self._runtime)
        articles = read(self._options.data / "train" / author, size, self._runtime)
        with remembering(articles, self._embedder) as memory:
            bare = [messages(article, None) for article in tests]
            reminded = [messages(article, memory) for article in tests]
        own, foreign = f"{author}-{size}", f"{other}-{size}"
        told = {
            "base": (f"{author}-base", bare, None),
            "memory": (f"{own}-memory", reminded, None),
            "adapter": (f"{own}-adapter", bare, own),
            "both": (f"{own}-both", reminded, own),
            "other": (f"{own}-other", bare, foreign),
        }
        scores: Scores = {measure: {} for measure in MEASURES}
        for condition, (name, prompts, adapter) in told.items():
            self._take(scores, condition, name, lambda p=prompts, a=adapter: self._answers(p, tests, a))
        for condition, name, adapter in (("base", "base", None), ("adapter", own, own)):
            self._take(scores, condition, f"{name}-general", lambda a=adapter: self._in_general(a))
        scores["recalled"]["memory"] = [float(prompt != plain) for prompt, plain in zip(reminded, bare, strict=True)]
        return scores

    def _take(self, scores: Scores, condition: str, name: str, measure: Callable[[], Measured]) -> None:
        """Measure under one condition, if that was not done, and put it with the rest."""
        found: Measured = json.loads(self._kept.get(name, lambda: json.dumps(measure()).encode()))
        for one, values in found.items():
            scores[one][condition] = values
        tell(f"{name}: { {one: round(mean(values), 3) for one, values in found.items()} }")

    def _train(self, author: str, size: int) -> bytes:
        articles = read(self._options.data / "train" / author, size, self._runtime)
        config = configured(self._options, len(articles))
        with remembering(articles if self._options.reminded else [], self._embedder) as memory:
            prompts = [messages(article, memory) for article in articles]
            left = drafted(prompts, None, self._runtime) if config.pair_weight > 0 else [None] * len(articles)
            examples = [
                example(article, memory, self._runtime, rejected)
                for article, rejected in zip(articles, left, strict=True)
            ]
        self._general = self._general or general(self._runtime)
        started = time.perf_counter()
        done = train(
            self._model,
            examples,
            config,
            general=self._general,
            checkpoints=course.Unkept(),
            report=lambda progress: None,
            control=Control(),
        )
        seconds = time.perf_counter() - started
        losses = [round(done.losses[0], 3), round(done.losses[-1], 3)]
        return msgspec.json.encode(Told(done.gguf, done.tokens, seconds, losses, done.divergences, done.scale, config))

    def _answers(self, prompts: Sequence[list[Message]], tests: Sequence[Article], adapter: str | None) -> Measured:
        use = None if adapter is None else AdapterInUse(adapter, 1.0)
        drafts = drafted(prompts[: self._options.drafts], use, self._runtime)
        beside = list(zip(drafts, tests, strict=False))
        return {
            "log_likelihood": self._likelihood(prompts, tests, use),
            "rouge_l": [rouge_l(text, article.target) for text, article in beside],
            "edit_distance": [edit_distance(text, article.target) for text, article in beside],
        }

    def _in_general(self, adapter: str | None) -> Measured:
        use = None if adapter is None else AdapterInUse(adapter, 1.0)
        return {
            "instructions": self._followed(use),
            "other_texts": [mean(self._runtime.text_log_likelihood(text, adapter=use)) for text in reference_texts()],
        }

    def _likelihood(
        self, prompts: Sequence[list[Message]], tests: Sequence[Article], adapter: AdapterInUse | None
    ) -> list[float]:
        pairs = [(prompt, article.target) for prompt, article in zip(prompts, tests, strict=True)]
        raw = self._runtime.log_likelihood(pairs, adapter=adapter)
        return [
            mean(scores[: len(self._runtime.tokenize(article.target))])
            for scores, article in zip(raw, tests, strict=True)
        ]

    def _followed(self, adapter: AdapterInUse | None) -> list[float]:
        checks = instruction_checks()
        asked = [greedily([Message("user", check.prompt)], check.max_tokens) for check in checks]
        answers = answered(asked, adapter, self._runtime)
        return [float(holds(check, answer)) for check, answer in zip(checks, answers, strict=True)]


def parsed() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--model", default="smollm2-135m-instruct")
    arguments.add_argument("--authors", type=int, default=5, help="how many of the authors; the control needs two")
    arguments.add_argument("--sizes", type=int, nargs="+", default=[10, 25, 50], help="training articles an author")
    arguments.add_argument("--limit", type=int, default=50, help="test articles an author")
    arguments.add_argument("--drafts", type=int, default=50, help="greedy drafts an author and condition")
    arguments.add_argument("--cache", type=Path, help="a folder for what was measured, to go on from; none without it")
    arguments.add_argument(
        "--reminded", action="store_true", help="train, too, with what memory recalls of the other articles"
    )
    for name, kind in TUNABLE.items():
        arguments.add_argument(
            f"--{name.replace('_', '-')}", type=kind, help="of the training; the engine's own if absent"
        )
    return arguments.parse_args()


def asked_of(options: argparse.Namespace) -> dict[str, object]:
    """The options that decide what is measured for one author and size."""
    apart = {"data", "cache", "authors", "sizes"}
    return {name: value for name, value in vars(options).items() if name not in apart}


def configured(options: argparse.Namespace, examples: int) -> TrainingConfig:
    """As the product trains so many, but for what was asked for."""
    asked = {name: getattr(options, name) for name in TUNABLE if getattr(options, name) is not None}
    return msgspec.structs.replace(course.configured(options.layers, examples), **asked)


def report(
    options: argparse.Namespace,
    trained: dict[str, dict[str, object]],
    people: dict[str, dict[int, Scores]],
) -> dict[str, object]:
    told = {
        author: {size: person(scores, trained[f"{author}-{size}"]) for size, scores in by_size.items()}
        for author, by_size in people.items()
    }
    together = {size: [by_size[size] for by_size in people.values()] for size in options.sizes}
    return {
        "benchmark": "learning",
        "model": options.model,
        "asked": {name: getattr(options, name) for name in TUNABLE if getattr(options, name) is not None},
        "reminded": options.reminded,
        "articles": options.limit,
        "drafts": options.drafts,
        "authors": len(people),
        "better": {size: counted(scores) for size, scores in together.items()},
        "instructions_gained": {size: followed(scores) for size, scores in together.items()},
        "people": told,
    }


def person(scores: Scores, trained: dict[str, object]) -> dict[str, object]:
    told: dict[str, object] = {"training": trained, "recalled": round(mean(scores["recalled"]["memory"]), 3)}
    for measure in MEASURES[:-1]:
        by_condition = scores[measure]
        told[measure] = {condition: round(mean(values), 4) for condition, values in by_condition.items()}
        told[f"{measure}_differences"] = {
            f"{one}-{less}": difference(by_condition, one, less)
            for one, less in DIFFERENCES
            if {one, less} <= by_condition.keys()
        }
    return told


def counted(people: Sequence[Scores]) -> dict[str, int]:
    """For how many people an interval of the likelihood excludes no gain; and in how many both are no worse than either
    alone, by likelihood and, where their intervals can tell, by ROUGE-L."""

    def clear(measure: str, one: str, less: str) -> int:
        return sum(difference(scores[measure], one, less)[1] > 0 for scores in people)

    return {
        "people": len(people),
        "adapter_over_base": clear("log_likelihood", "adapter", "base"),
        "adapter_over_another_authors": clear("log_likelihood", "adapter", "other"),
        "both_over_adapter": clear("log_likelihood", "both", "adapter"),
        "both_over_memory": clear("log_likelihood", "both", "memory"),
        "drafts_worse_with_both_than_adapter": clear("rouge_l", "adapter", "both"),
        "drafts_worse_with_both_than_memory": clear("rouge_l", "memory", "both"),
    }


def followed(people: Sequence[Scores]) -> list[float]:
    """How much larger a share of the instructions the adapters follow than the base does: mean, low, high. The people's
    adapters are averaged check by check, so that the interval is that of other checks, not of other people."""
    by_check = {
        condition: [mean(one) for one in zip(*(scores["instructions"][condition] for scores in people), strict=True)]
        for condition in ("adapter", "base")
    }
    return difference(by_check, "adapter", "base")


def difference(scores: dict[str, list[float]], one: str, less: str) -> list[float]:
    """Mean, low and high of a paired difference; nothing to compare is no difference."""
    pairs = [first - second for first, second in zip(scores[one], scores[less], strict=True)]
    if not pairs:
        return [0.0, 0.0, 0.0]
    interval = paired_interval(pairs)
    return [round(interval.mean, 4), round(interval.low, 4), round(interval.high, 4)]


def read(folder: Path, limit: int, runtime: LlamaRuntime) -> list[Article]:
    """The first articles of a folder that are long enough to hold an opening and 60 tokens after it."""
    articles = (article(path, runtime) for path in sorted(folder.glob("*.txt"))[:limit])
    return [each for each in articles if each is not None]


def article(path: Path, runtime: LlamaRuntime) -> Article | None:
    text = " ".join(path.read_text(encoding="utf-8", errors="replace").split())
    sentences = re.split(r"(?<=[.!?])[\"')]*\s+(?=[A-Z\"'(])", text)
    opening, rest = " ".join(sentences[:2]), " ".join(sentences[2:]).split()
    target = ""
    for word in rest:
        longer = f"{target} {word}".strip()
        if len(runtime.tokenize(longer)) > TARGET_TOKENS:
            return Article(f"Continue this article.\n\n{opening}", target)
        target = longer
    return None


def messages(article: Article, memory: Memory | None) -> list[Message]:
    """The prompt as chat would make it, with what memory recalls for it."""
    recalled = [] if memory is None else [one.entry for one in memory.recall(article.question)]
    recalled = [entry for entry in recalled if entry.question != article.question]  # in training, itself
    return Prompt(question=article.question, system=wording("system"), corrections=tuple(recalled)).messages()


def example(article: Article, memory: Memory, runtime: LlamaRuntime, rejected: str | None) -> TrainingExample:
    """As if the owner had made the article of the base model's draft; a pair is that draft beside it."""
    prompt = runtime.render(messages(article, memory))
    return TrainingExample(prompt, runtime.tokenize(article.target), rejected=runtime.tokenize(rejected or ""))


class remembering:  # noqa: N801 -- a context manager, read as a verb
    """A memory that holds `articles` as corrections, for as long as the block runs."""

    def __init__(self, articles: Sequence[Article], embedder: OnnxEmbedder) -> None:
        self._articles = articles
        self._embedder = embedder
        self._folder = tempfile.TemporaryDirectory()

    def __enter__(self) -> Memory:
        path = Path(self._folder.name) / "owner.db"
        self._database = Database.open(path, bytes(32), memory_schema.MIGRATIONS, durable=False)
        memory = Memory(self._database, self._embedder, system_clock)
        for each in self._articles:
            memory.remember_correction(each.question, each.target, None)
        return memory

    def __exit__(self, *_: object) -> None:
        self._database.close()
        self._folder.cleanup()


def drafted(prompts: Sequence[Sequence[Message]], adapter: AdapterInUse | None, runtime: LlamaRuntime) -> list[str]:
    """The greedy drafts of as many tokens as targets have, in order."""
    return answered([greedily(prompt, TARGET_TOKENS) for prompt in prompts], adapter, runtime)


def answered(asked: Sequence[Asked], adapter: AdapterInUse | None, runtime: LlamaRuntime) -> list[str]:
    """The answers in order."""
    answers = dict(runtime.answers(asked, adapter=adapter))
    return [answers[place] for place in range(len(asked))]


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
