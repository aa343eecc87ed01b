"""Chooses the serving format of a model: the fastest on a chat trace that still answers as the file it came in.

Each candidate is converted from that file; "as is" is the file itself. A chat trace is a prompt and an answer of the
given lengths, at the medians of interleaved runs. Loss is the mean log-likelihood (nat a token, with its standard
error over texts) that a candidate loses against the file on a fixed text; it must stay under 0.01. Prints one JSON
line; the choice goes into resources/models.toml.

`python -m tests.benchmarks.serving_format MODEL.gguf TEXT… [--formats F16 Q8_0 …] [--runs 3]`
"""

import argparse
import json
import math
import statistics
import tempfile
from importlib.metadata import version
from pathlib import Path

from engine.models.conversion_protocol import Convert, Reply
from engine.models.llama import LlamaRuntime
from engine.models.values import Finished, ModelDescription, Sampling
from engine.workers.worker import Worker
from tests.benchmarks.decode import no_adapter, prompt_of

FORMATS = ["F16", "BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q4_0"]
MOST_LOST = 0.01
TEXT_TOKENS = 400


def described(path: Path, name: str) -> ModelDescription:
    return ModelDescription(
        name=name,
        title=name,
        licence="",
        base_sha256="",
        serving_sha256="",
        serving_format=name,
        template_sha256="",
        path=str(path),
        base_path=str(path),
        context_tokens=4096,
    )


def converted(source: Path, folder: Path, formats: list[str]) -> dict[str, Path]:
    files = {"as is": source}
    with Worker[Reply]("engine.models.conversion_service", Reply, name="conversion") as worker:
        for name in formats:
            files[name] = folder / f"{name}.gguf"
            worker.call(Convert(str(source), str(files[name]), name))
    return files


def mean_scores(runtime: LlamaRuntime, texts: list[str]) -> list[float]:
    """The mean log-likelihood of a token, for each text."""
    cut = [runtime.detokenize(runtime.tokenize(text)[:TEXT_TOKENS]) for text in texts]
    return [statistics.fmean(runtime.text_log_likelihood(text)) for text in cut]


def trace_speed(runtime: LlamaRuntime, run: int, prompt: int) -> tuple[float, float]:
    """Tokens a second: of the prompt, of the answer."""
    sampling = Sampling(temperature=0, repeat_penalty=1.0, max_tokens=48)
    *_, finished = runtime.stream(prompt_of(runtime, run, prompt), sampling)
    assert isinstance(finished, Finished)
    return finished.timings.prompt_tokens_per_s, finished.timings.tokens_per_s


def lost(scores: list[float], reference: list[float]) -> tuple[float, float]:
    """The mean loss and its standard error."""
    differences = [theirs - ours for ours, theirs in zip(scores, reference, strict=True)]
    error = statistics.stdev(differences) / math.sqrt(len(differences)) if len(differences) > 1 else math.inf
    return statistics.fmean(differences), error


def measure(files: dict[str, Path], texts: list[str], options: argparse.Namespace) -> dict[str, dict[str, float]]:
    runtimes = {name: LlamaRuntime(described(path, name), load_adapter=no_adapter) for name, path in files.items()}
    speeds: dict[str, list[tuple[float, float]]] = {name: [] for name in files}
    for run in range(options.runs):
        for name, runtime in runtimes.items():
            speeds[name].append(trace_speed(runtime, run, options.prompt))
    scores = {name: mean_scores(runtime, texts) for name, runtime in runtimes.items()}
    for runtime in runtimes.values():
        runtime.close()
    table = {}
    for name, path in files.items():
        prompt, decode = (statistics.median(values) for values in zip(*speeds[name], strict=True))
        loss, error = lost(scores[name], scores["as is"])
        table[name] = {
            "trace_s": options.prompt / prompt + options.answer / decode,
            "prompt_tokens_per_s": prompt,
            "tokens_per_s": decode,
            "lost_nat": loss,
            "lost_nat_error": error,
            "megabytes": path.stat().st_size / 1e6,
        }
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--formats", nargs="+", default=FORMATS)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--prompt", type=int, default=600, help="tokens of the trace's prompt")
    parser.add_argument("--answer", type=int, default=100, help="tokens of the trace's answer")
    options = parser.parse_args()
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in options.texts]
    with tempfile.TemporaryDirectory() as folder:
        table = measure(converted(options.model, Path(folder), options.formats), texts, options)
    kept = {name: row for name, row in table.items() if row["lost_nat"] <= MOST_LOST}
    result = {
        "benchmark": "serving_format",
        "model": options.model.name,
        "baseline": f"as is, llama-cpp-python {version('llama-cpp-python')}",
        "choice": min(kept, key=lambda name: kept[name]["trace_s"]),
        "formats": {name: {key: round(value, 4) for key, value in row.items()} for name, row in table.items()},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
