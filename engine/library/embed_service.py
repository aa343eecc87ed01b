"""The embed worker's side: tokenizers and onnxruntime, loaded once, the mean of each text's own tokens."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.errors import HearthsideError
from engine.library.embed_protocol import Embed, Embedded, EmbedReply, EmbedRequest, Length, Lengths, Load, Loaded
from engine.workers.service import Context

if TYPE_CHECKING:
    from tokenizers import Encoding

_MOST_THREADS = 4


class EmbedService:
    requests: Any = EmbedRequest

    def __init__(self) -> None:
        self._model: _Model | None = None

    def handle(self, request: msgspec.Struct, context: Context) -> Iterator[EmbedReply]:
        if isinstance(request, Load):
            self._model = _Model(request)
            yield Loaded(self._model.dimension)
            return
        if self._model is None:
            raise HearthsideError("worker_failed", worker="embed", reason="asked before it was loaded")
        if isinstance(request, Embed):
            yield Embedded(self._model.vectors(request.texts, context).tobytes())
        elif isinstance(request, Length):
            yield Lengths(self._model.lengths(request.texts))


def service() -> EmbedService:
    return EmbedService()


class _Model:
    def __init__(self, files: Load) -> None:
        import tokenizers

        threads = files.threads or min(os.cpu_count() or 1, _MOST_THREADS)
        self._session = _session(files.model_path)
        self._inputs = {entry.name for entry in self._session.get_inputs()}
        self._tokenizer = tokenizers.Tokenizer.from_file(files.tokenizer_path)
        self._tokenizer.no_padding()
        self._context_tokens = files.context_tokens
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="embed")
        self.dimension = int(self._session.get_outputs()[0].shape[-1])

    def lengths(self, texts: list[str]) -> list[int]:
        self._tokenizer.no_truncation()
        return [len(found.ids) for found in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    def vectors(self, texts: list[str], context: Context) -> NDArray[np.float32]:
        """A row of length 1 for each text.

        One text a run and a run a thread: nothing is padded, no thread waits for another, and since activations are
        quantized by their range, a text's row does not depend on the texts beside it.
        """
        self._tokenizer.enable_truncation(self._context_tokens)
        rows = np.empty((len(texts), self.dimension), np.float32)
        encoded = self._tokenizer.encode_batch_fast(texts)
        for number, row in enumerate(self._threads.map(self._row, encoded)):
            context.checkpoint()
            rows[number] = row
        return rows

    def _row(self, encoding: "Encoding") -> NDArray[np.float32]:
        ids = np.array([encoding.ids], np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, {name: feed[name] for name in self._inputs})[0]
        mean: NDArray[np.float32] = hidden[0].mean(axis=0)
        return mean / max(float(np.linalg.norm(mean)), 1e-9)


def _session(path: str) -> Any:
    import onnxruntime  # type: ignore[import-untyped]  # it has no stubs

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
