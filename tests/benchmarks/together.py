"""Answers made together against the same answers streamed one after another: what the gates and replay gain by it.

    python -m tests.benchmarks.together [--runs 3]

The program's own instructions, greedily, in at most so many tokens; interleaved runs, medians. Prints one JSON line.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence

from engine.learning.gate.base_answers import greedily
from engine.learning.gate.instruction_checks import instruction_checks
from engine.models.catalog import Models
from engine.models.llama import LlamaRuntime
from engine.models.values import Asked, Message, StreamChunk
from tests.benchmarks.decode import no_adapter
from tests.benchmarks.learning import answered


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", default="smollm2-135m-instruct")
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--answers", type=int, default=32)
    arguments.add_argument("--tokens", type=int, default=64)
    options = arguments.parse_args()
    runtime = LlamaRuntime(Models().describe(options.model), load_adapter=no_adapter)
    runtime.start()
    asked = [
        greedily([Message("user", check.prompt)], options.tokens) for check in instruction_checks()[: options.answers]
    ]
    seconds: dict[str, list[float]] = {"together": [], "one_by_one": []}
    same = 0
    for _ in range(options.runs):
        together = timed(seconds["together"], lambda: answered(asked, None, runtime))
        alone = timed(seconds["one_by_one"], lambda: [streamed(one, runtime) for one in asked])
        same = sum(one == other for one, other in zip(together, alone, strict=True))
    tokens = sum(len(runtime.tokenize(text)) for text in together)
    runtime.close()
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    print(
        json.dumps(
            {
                "benchmark": "together",
                "answers": len(asked),
                "the_same": same,
                "tokens_per_s": {name: round(tokens / taken, 1) for name, taken in medians.items()},
                "ratio": round(medians["one_by_one"] / medians["together"], 2),
            }
        )
    )


def timed(taken: list[float], work: Callable[[], Sequence[str]]) -> Sequence[str]:
    started = time.perf_counter()
    done = work()
    taken.append(time.perf_counter() - started)
    return done


def streamed(asked: Asked, runtime: LlamaRuntime) -> str:
    chunks = runtime.stream(asked.messages, asked.sampling)
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, StreamChunk))


if __name__ == "__main__":
    main()
