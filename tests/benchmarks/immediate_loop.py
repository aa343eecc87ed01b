"""After one correction, is the same question in other words answered by it? By memory alone, with nothing trained.

Twenty corrections of a person's own facts (corrected_questions.jsonl), each asked again in five other ways; all twenty
are kept, so a question must find its own among the others. An answer follows its correction when it holds the word
that tells it. Beside that: how often memory recalled the right one, and how often an answer followed when it did. The
baseline is the same model, asked the same questions with nothing kept. Prints one JSON line.

    python -m tests.benchmarks.immediate_loop [--model NAME]
"""

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import msgspec

from engine.chat.prompt import Prompt, wording
from engine.library.embed import OnnxEmbedder
from engine.memory.memory import Memory
from engine.models.catalog import Models
from engine.models.llama import LlamaRuntime
from engine.models.values import Sampling, StreamChunk
from tests.benchmarks.decode import no_adapter
from tests.benchmarks.learning import Article, mean, remembering

SAMPLING = Sampling(temperature=0, max_tokens=64)


class Corrected(msgspec.Struct, frozen=True):
    question: str
    answer: str
    telling: str
    again: list[str]


class Outcome(NamedTuple):
    recalled: bool
    followed: bool
    followed_without: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    options = parser.parse_args()
    lines = Path(__file__).with_name("corrected_questions.jsonl").read_bytes().splitlines()
    corrected = [msgspec.json.decode(line, type=Corrected) for line in lines]
    runtime = LlamaRuntime(Models().describe(options.model), load_adapter=no_adapter, context_tokens=2048)
    embedder = OnnxEmbedder(Models().embedder())
    with remembering([Article(one.question, one.answer) for one in corrected], embedder) as memory:
        outcomes = [outcome(one, asked, memory, runtime) for one in corrected for asked in one.again]
    runtime.close()
    embedder.close()
    print(
        json.dumps(
            {
                "benchmark": "immediate_loop",
                "model": options.model,
                "questions": len(outcomes),
                "recalled": round(mean([float(one.recalled) for one in outcomes]), 3),
                "followed": round(mean([float(one.followed) for one in outcomes]), 3),
                "followed_when_recalled": round(mean([float(one.followed) for one in outcomes if one.recalled]), 3),
                "followed_with_nothing_kept": round(mean([float(one.followed_without) for one in outcomes]), 3),
            }
        )
    )


def outcome(one: Corrected, asked: str, memory: Memory, runtime: LlamaRuntime) -> Outcome:
    entries = tuple(recalled.entry for recalled in memory.recall(asked))
    return Outcome(
        recalled=any(entry.question == one.question for entry in entries),
        followed=one.telling in answer(Prompt(question=asked, system=wording("system"), corrections=entries), runtime),
        followed_without=one.telling in answer(Prompt(question=asked, system=wording("system")), runtime),
    )


def answer(prompt: Prompt, runtime: LlamaRuntime) -> str:
    chunks = runtime.stream(prompt.messages(), SAMPLING)
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, StreamChunk))


if __name__ == "__main__":
    main()
