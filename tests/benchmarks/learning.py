"""Does it learn? One person's corrections, that person's next texts, and another person's adapter as the control.

    python -m tests.benchmarks.learning --data ../shared/data/reuters_c50 [--authors 5] [--limit 50] [--drafts 20]

For each author of Reuters 50/50: prompt, an article's first two sentences; target, its next 60 tokens. Learned from
train/ only, scored on test/ only, under the base model, memory (past corrections to alike questions in the prompt, as
chat recalls them), the author's adapter, both, and the next author's adapter. Scores are mean log-likelihood of the
target (nat a token; the end-of-turn token, which these cut texts make predictable, is neither trained on nor scored)
and ROUGE-L of greedy drafts. Differences are per author, paired by article, with a 95 % bootstrap interval.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from engine.chat.prompt import Prompt, wording
from engine.clock import system_clock
from engine.learning.bootstrap import paired_interval
from engine.learning.train import TrainingConfig, TrainingExample, train
from engine.library.embed import OnnxEmbedder
from engine.memory import schema as memory_schema
from engine.memory.memory import Memory
from engine.models.catalog import Models
from engine.models.llama import LlamaRuntime
from engine.models.values import AdapterFile, AdapterInUse, Message, Sampling, StreamChunk
from engine.progress import Control
from engine.store.database import Database

TARGET_TOKENS = 60
TUNABLE = {"layers": int, "learning_rate": float, "epochs": int, "seed": int, "pair_weight": float, "beta": float}
CONDITIONS = ("base", "memory", "adapter", "both", "other")
DIFFERENCES = (("adapter", "base"), ("memory", "base"), ("both", "base"), ("both", "adapter"), ("adapter", "other"))


class Article(NamedTuple):
    question: str
    target: str


class NoCheckpoints:
    """A benchmark starts at the beginning."""

    def save(self, data: bytes) -> None:
        pass

    def load(self) -> bytes | None:
        return None

    def clear(self) -> None:
        pass


def main() -> None:
    options = parsed()
    description = Models().describe(options.model)
    adapters: dict[str, bytes] = {}
    runtime = LlamaRuntime(
        description, load_adapter=lambda name: AdapterFile(adapters[name], description.base_sha256), context_tokens=2048
    )
    embedder = OnnxEmbedder(Models().embedder())
    authors = sorted(path.name for path in (options.data / "train").iterdir())[: options.authors]
    config = configured(options)
    trained = {}
    for author in authors:
        articles = read(options.data / "train" / author, options.limit, runtime)
        with remembering(articles if options.reminded else [], embedder) as memory:
            examples = [example(article, memory, runtime, paired=config.pair_weight > 0) for article in articles]
        started = time.perf_counter()
        done = train(
            description,
            examples,
            config,
            checkpoints=NoCheckpoints(),
            report=lambda progress: None,
            control=Control(),
        )
        adapters[author] = done.gguf
        trained[author] = {
            "examples": len(articles),
            "tokens": done.tokens,
            "seconds": round(time.perf_counter() - started, 1),
            "losses": [round(done.losses[0], 3), round(done.losses[-1], 3)],
        }
        tell(f"{author}: trained {trained[author]}")
    results = {
        author: scored(author, authors[(place + 1) % len(authors)], options, runtime, embedder)
        for place, author in enumerate(authors)
    }
    runtime.close()
    embedder.close()
    print(json.dumps(report(options, config, trained, results)))


def parsed() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--model", default="smollm2-135m-instruct")
    arguments.add_argument("--authors", type=int, default=5, help="how many of the authors; the control needs two")
    arguments.add_argument("--limit", type=int, default=50, help="articles an author, of each half")
    arguments.add_argument("--drafts", type=int, default=20, help="greedy drafts an author and condition, for ROUGE-L")
    arguments.add_argument(
        "--reminded", action="store_true", help="train, too, with what memory recalls of the other articles"
    )
    for name, kind in TUNABLE.items():
        arguments.add_argument(
            f"--{name.replace('_', '-')}", type=kind, help="of the training; the engine's own if absent"
        )
    return arguments.parse_args()


def configured(options: argparse.Namespace) -> TrainingConfig:
    return TrainingConfig(**{name: getattr(options, name) for name in TUNABLE if getattr(options, name) is not None})


def scored(
    author: str, other: str, options: argparse.Namespace, runtime: LlamaRuntime, embedder: OnnxEmbedder
) -> dict[str, dict[str, list[float]]]:
    """Scores of each of the author's test articles, by measure and condition."""
    tests = read(options.data / "test" / author, options.limit, runtime)
    with remembering(read(options.data / "train" / author, options.limit, runtime), embedder) as memory:
        bare = [messages(article, None) for article in tests]
        reminded = [messages(article, memory) for article in tests]
    own, foreign = AdapterInUse(author, 1.0), AdapterInUse(other, 1.0)
    told = {
        "base": (bare, None),
        "memory": (reminded, None),
        "adapter": (bare, own),
        "both": (reminded, own),
        "other": (bare, foreign),
    }
    likelihood, rouge = {}, {}
    for condition in CONDITIONS:
        prompts, adapter = told[condition]
        pairs = [(prompt, article.target) for prompt, article in zip(prompts, tests, strict=True)]
        raw = runtime.log_likelihood(pairs, adapter=adapter)
        likelihood[condition] = [
            mean(scores[: len(runtime.tokenize(article.target))]) for scores, article in zip(raw, tests, strict=True)
        ]
        rouge[condition] = [
            rouge_l(draft(prompt, adapter, runtime), article.target)
            for prompt, article in list(zip(prompts, tests, strict=True))[: options.drafts]
        ]
        tell(f"{author} {condition}: {mean(likelihood[condition]):.3f} nat, ROUGE-L {mean(rouge[condition]):.3f}")
    recalled = [float(prompt != plain) for prompt, plain in zip(reminded, bare, strict=True)]
    return {"log_likelihood": likelihood, "rouge_l": rouge, "recalled": {"memory": recalled}}


def report(
    options: argparse.Namespace,
    config: TrainingConfig,
    trained: dict[str, dict[str, object]],
    results: dict[str, dict[str, dict[str, list[float]]]],
) -> dict[str, object]:
    people = {}
    for author, measures in results.items():
        person: dict[str, object] = {"training": trained[author], "recalled": mean(measures["recalled"]["memory"])}
        for measure in ("log_likelihood", "rouge_l"):
            scores = measures[measure]
            person[measure] = {condition: round(mean(scores[condition]), 4) for condition in CONDITIONS}
            person[f"{measure}_differences"] = {
                f"{one}-{less}": difference(scores, one, less) for one, less in DIFFERENCES
            }
        people[author] = person
    likelihoods = [measures["log_likelihood"] for measures in results.values()]

    def clear(one: str, less: str) -> int:
        return sum(difference(scores, one, less)[1] > 0 for scores in likelihoods)

    return {
        "benchmark": "learning",
        "model": options.model,
        "layers": config.layers,
        "epochs": config.epochs,
        "learning_rate": config.learning_rate,
        "pair_weight": config.pair_weight,
        "reminded": options.reminded,
        "articles": options.limit,
        "drafts": options.drafts,
        "authors": len(results),
        "adapter_better_than_base": clear("adapter", "base"),
        "adapter_better_than_another_authors": clear("adapter", "other"),
        "people": people,
    }


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


def example(article: Article, memory: Memory, runtime: LlamaRuntime, *, paired: bool) -> TrainingExample:
    """As if the owner had made the article of the base model's draft; a pair is that draft beside it."""
    prompt = messages(article, memory)
    rejected = runtime.tokenize(draft(prompt, None, runtime)) if paired else []
    return TrainingExample(runtime.render(prompt), runtime.tokenize(article.target), rejected=rejected)


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


def draft(prompt: Sequence[Message], adapter: AdapterInUse | None, runtime: LlamaRuntime) -> str:
    greedy = Sampling(temperature=0, repeat_penalty=1.0, max_tokens=TARGET_TOKENS)
    return "".join(
        chunk.text for chunk in runtime.stream(prompt, greedy, adapter=adapter) if isinstance(chunk, StreamChunk)
    )


def rouge_l(written: str, wanted: str) -> float:
    """F1 of the longest common subsequence of words (Lin 2004)."""
    one, other = words(written), words(wanted)
    row = [0] * (len(other) + 1)
    for word in one:
        diagonal = 0
        for place, against in enumerate(other, 1):
            diagonal, row[place] = row[place], diagonal + 1 if word == against else max(row[place], row[place - 1])
    return 2 * row[-1] / (len(one) + len(other)) if one and other else 0.0


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
