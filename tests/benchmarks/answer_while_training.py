"""What a training costs the one who asks meanwhile: a whole answer alone, beside a training that makes way, and beside
one that does not.

Medians of interleaved answers, each to a prompt never read before; the training is the engine's own, on texts made up
here. Prints one JSON line.

`python -m tests.benchmarks.answer_while_training [--model NAME] [--runs 7] [--prompt 300] [--answer 64]`
"""

import argparse
import contextlib
import json
import statistics
import threading
import time

from engine.errors import Interrupted
from engine.learning.course import Unkept
from engine.learning.training.train import TrainingConfig, TrainingExample, train
from engine.models.catalog import Models
from engine.models.llama import LlamaRuntime
from engine.models.values import Finished, ModelDescription, Sampling
from engine.progress import Control
from tests.benchmarks.decode import no_adapter, prompt_of

WAYS = ("alone", "made_way", "beside")
STEP_S = 4  # longer than a step of the training: by then a paused one stands


class Pupil:
    """A training that goes on until it is stopped."""

    def __init__(self, model: ModelDescription, runtime: LlamaRuntime) -> None:
        self.control = Control()
        self._begun = threading.Event()
        self._model = model
        prompts = [runtime.render(prompt_of(runtime, 5000 + number, 120)) for number in range(48)]
        self._examples = [
            TrainingExample(prompt, runtime.tokenize("It went on as before. " * 10)) for prompt in prompts
        ]
        self._thread = threading.Thread(target=self._train)

    def __enter__(self) -> Control:
        self._thread.start()
        self._begun.wait()
        return self.control

    def __exit__(self, *failure: object) -> None:
        self.control.cancel()
        self._thread.join()

    def _train(self) -> None:
        with contextlib.suppress(Interrupted):
            train(
                self._model,
                self._examples,
                TrainingConfig(epochs=1000),
                checkpoints=Unkept(),
                report=lambda _progress: self._begun.set(),
                control=self.control,
            )


def answer_seconds(runtime: LlamaRuntime, number: int, options: argparse.Namespace) -> float:
    messages = prompt_of(runtime, number, options.prompt)
    greedy = Sampling(temperature=0, repeat_penalty=1.0, max_tokens=options.answer)
    started = time.perf_counter()
    *_, last = runtime.stream(messages, greedy)
    assert isinstance(last, Finished)
    return time.perf_counter() - started


def measured(runtime: LlamaRuntime, way: str, number: int, options: argparse.Namespace, training: Control) -> float:
    if way == "alone":
        training.pause()
        time.sleep(STEP_S)
        taken = answer_seconds(runtime, number, options)
        training.resume()
        return taken
    time.sleep(STEP_S)
    started = time.perf_counter()
    with training.hold() if way == "made_way" else contextlib.nullcontext():
        answer_seconds(runtime, number, options)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--prompt", type=int, default=300, help="tokens, about")
    parser.add_argument("--answer", type=int, default=64, help="tokens")
    options = parser.parse_args()
    model = Models().describe(options.model)
    runtime = LlamaRuntime(model, load_adapter=no_adapter, context_tokens=4096)
    answer_seconds(runtime, 100, options)
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    with Pupil(model, runtime) as training:
        for run in range(options.runs):
            for place, way in enumerate(WAYS):
                seconds[way].append(measured(runtime, way, 200 + run * len(WAYS) + place, options, training))
    runtime.close()
    medians = {way: statistics.median(taken) for way, taken in seconds.items()}
    print(
        json.dumps(
            {
                "benchmark": "answer_while_training",
                "model": options.model,
                "prompt": options.prompt,
                "answer": options.answer,
                "runs": options.runs,
                "seconds": {way: round(median, 3) for way, median in medians.items()},
                "slower_when_made_way": round(medians["made_way"] / medians["alone"], 3),
                "slower_beside": round(medians["beside"] / medians["alone"], 3),
            }
        )
    )


if __name__ == "__main__":
    main()
