"""Decode and prompt speed through the engine, as a caller sees it, against a bare llama_decode loop.

Same library, file, threads and OpenMP policy; alone and beside a busy second process; medians of interleaved runs.
Also: how much of a second turn is read, and how long a cancel takes. Prints one JSON line.

`python -m tests.benchmarks.decode [--models FOLDER] [--model NAME] [--runs 5] [--prompt 600] [--answer 96]`
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from engine.models.catalog import Models
from engine.models.llama import LlamaRuntime
from engine.models.processors import physical_cores
from engine.models.values import AdapterFile, Finished, Message, Sampling
from engine.paths import models_dir
from engine.progress import Control

SENTENCE = "In the year {number} the river rose again, and the people of the lower town moved to the hill. "
Speeds = dict[str, float]


def story(number: int, sentences: int) -> list[Message]:
    """A prompt that no earlier one is a prefix of."""
    text = "".join(SENTENCE.format(number=number * 1000 + line) for line in range(sentences))
    return [Message("user", f"{text}\nWrite a long story of how it went on.")]


def prompt_of(runtime: LlamaRuntime, number: int, tokens: int) -> list[Message]:
    sentence = len(runtime.tokenize(SENTENCE.format(number=1000)))
    return story(number, max(1, tokens // sentence))


def engine_speeds(runtime: LlamaRuntime, messages: list[Message], answer: int) -> Speeds:
    """From outside: the prompt's speed is up to the first chunk heard, decoding's from there to the last."""
    prompt = len(runtime.render(messages))
    times, tokens = [], 0
    started = time.perf_counter()
    for chunk in runtime.stream(messages, Sampling(temperature=0, repeat_penalty=1.0, max_tokens=answer)):
        if not isinstance(chunk, Finished):
            tokens += len(chunk.tokens)
            times.append(time.perf_counter())
    return {"prompt": prompt / (times[0] - started), "decode": (tokens - 1) / (times[-1] - times[0])}


def bare_speeds(model: str, prompt: list[int], answer: int, threads: int) -> Speeds:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(prompt, file)
        file.flush()
        command = [sys.executable, "-m", "tests.benchmarks.bare_decode", model, file.name, str(answer), str(threads)]
        environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    speeds: Speeds = json.loads(done.stdout)
    return speeds


def compare(runtime: LlamaRuntime, options: argparse.Namespace, first: int) -> dict[str, Speeds]:
    engine, bare = [], []
    for run in range(options.runs):
        messages = prompt_of(runtime, first + run, options.prompt)
        prompt = runtime.render(messages)
        engine.append(engine_speeds(runtime, messages, options.answer))
        bare.append(bare_speeds(runtime.description.path, prompt, options.answer, options.threads))
    medians = {
        name: {what: statistics.median(run[what] for run in runs) for what in ("prompt", "decode")}
        for name, runs in (("engine", engine), ("bare", bare))
    }
    ratio = {what: medians["engine"][what] / medians["bare"][what] for what in ("prompt", "decode")}
    return {**medians, "ratio": ratio}


@contextlib.contextmanager
def neighbour(models: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.benchmarks.busy_neighbour", models]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as busy:
        assert busy.stdout is not None
        assert busy.stdout.readline() == b"busy\n"
        try:
            yield
        finally:
            busy.kill()


def second_turn(runtime: LlamaRuntime, options: argparse.Namespace) -> dict[str, int]:
    """How many tokens of a thread's second prompt are read, and how many of them are new."""
    messages = prompt_of(runtime, 900, options.prompt)
    answer = list(runtime.stream(messages, Sampling(temperature=0, max_tokens=40)))
    text = "".join(chunk.text for chunk in answer if not isinstance(chunk, Finished))
    drawn = sum(len(chunk.tokens) for chunk in answer if not isinstance(chunk, Finished))
    following = [*messages, Message("assistant", text), Message("user", "And then?")]
    *_, finished = runtime.stream(following, Sampling(temperature=0, max_tokens=2))
    assert isinstance(finished, Finished)
    timings = finished.timings
    new = timings.prompt_tokens - len(runtime.render(messages)) - drawn
    return {"prompt": timings.prompt_tokens, "new": new, "read": timings.prompt_tokens - timings.reused_tokens}


def cancel_latencies(runtime: LlamaRuntime, runs: int) -> list[float]:
    """Milliseconds from cancelling, while a long prompt is read, to the end of the stream."""
    taken = []
    for run in range(runs):
        control, cancelled = Control(), []

        def cancel(control: Control = control, cancelled: list[float] = cancelled) -> None:
            cancelled.append(time.perf_counter())
            control.cancel()

        timer = threading.Timer(0.7, cancel)
        timer.start()
        *_, last = runtime.stream(prompt_of(runtime, 950 + run, 3000), Sampling(max_tokens=4), control=control)
        ended = time.perf_counter()
        timer.join()
        assert isinstance(last, Finished)
        assert last.reason == "cancelled"
        taken.append((ended - cancelled[0]) * 1000)
    return taken


def no_adapter(adapter_id: str) -> AdapterFile:
    raise KeyError(adapter_id)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=models_dir())
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--prompt", type=int, default=600, help="tokens, about")
    parser.add_argument("--answer", type=int, default=96, help="tokens")
    parser.add_argument("--threads", type=int, default=physical_cores())
    options = parser.parse_args()
    models = Models(options.models)
    description = models.describe(options.model)
    runtime = LlamaRuntime(description, load_adapter=no_adapter, threads=options.threads)
    runtime.start()
    idle = compare(runtime, options, 1)
    with neighbour(options.models):
        busy = compare(runtime, options, 100)
    result = {
        "benchmark": "decode",
        "model": f"{description.name} {description.serving_format}",
        "baseline": f"llama_decode loop, llama-cpp-python {version('llama-cpp-python')}",
        "threads": options.threads,
        "tokens_per_s": {"idle": idle, "beside an index": busy},
        "second_turn_tokens": second_turn(runtime, options),
        "cancel_ms": max(cancel_latencies(runtime, options.runs)),
    }
    runtime.close()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
