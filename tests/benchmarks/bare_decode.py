"""The baseline of decode.py: llama_decode in a loop with the library's own defaults, and nothing of Hearthside.

`python -m tests.benchmarks.bare_decode MODEL TOKENS.json ANSWER_TOKENS THREADS [BATCH]` prints one JSON line.
"""

import ctypes
import json
import sys
import time
from pathlib import Path

import llama_cpp.llama_cpp as lib

CONTEXT_TOKENS = 4096


def open_context(model: str, threads: int, batch: int) -> ctypes.c_void_p:
    lib.llama_backend_init()
    loaded = lib.llama_model_load_from_file(model.encode(), lib.llama_model_default_params())
    parameters = lib.llama_context_default_params()
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_threads = parameters.n_threads_batch = threads
    if batch:
        parameters.n_batch = parameters.n_ubatch = batch
    return lib.llama_init_from_model(loaded, parameters)


def read(context: ctypes.c_void_p, prompt: list[int]) -> None:
    size = lib.llama_n_batch(context)
    for start in range(0, len(prompt), size):
        part = prompt[start : start + size]
        tokens = (ctypes.c_int32 * len(part))(*part)
        assert lib.llama_decode(context, lib.llama_batch_get_one(tokens, len(part))) == 0


def main(model: str, prompt_file: str, answer_tokens: str, threads: str, batch: str = "0") -> None:
    quiet = lib.llama_log_callback(lambda *_: None)
    lib.llama_log_set(quiet, ctypes.c_void_p(0))
    prompt = json.loads(Path(prompt_file).read_text())
    context = open_context(model, int(threads), int(batch))
    sampler = lib.llama_sampler_init_greedy()
    read(context, prompt[:8])  # touch the weights once, as a loaded engine has
    lib.llama_memory_clear(lib.llama_get_memory(context), True)
    started = time.perf_counter()
    read(context, prompt)
    token = (ctypes.c_int32 * 1)(lib.llama_sampler_sample(sampler, context, -1))
    first = time.perf_counter()
    for _ in range(int(answer_tokens) - 1):
        assert lib.llama_decode(context, lib.llama_batch_get_one(token, 1)) == 0
        token[0] = lib.llama_sampler_sample(sampler, context, -1)
    ended = time.perf_counter()
    speeds = {"prompt": len(prompt) / (first - started), "decode": (int(answer_tokens) - 1) / (ended - first)}
    print(json.dumps(speeds))


if __name__ == "__main__":
    main(*sys.argv[1:])
