"""The embed worker's side: tokenizers and onnxruntime, loaded once, mean pooling over each text's own tokens."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.errors import HearthsideError
from engine.library.embed_protocol import Embed, Embedded, EmbedReply, EmbedRequest, Length, Lengths, Load, Loaded
from engine.workers.service import Context

if TYPE_CHECKING:
    from tokenizers import Encoding

_TOGETHER = 8  # texts in one matrix: more only adds padding and cache misses
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

        self._session = _session(files.model_path, files.threads)
        self._inputs = {entry.name for entry in self._session.get_inputs()}
        self._tokenizer = tokenizers.Tokenizer.from_file(files.tokenizer_path)
        self._tokenizer.no_padding()
        self._context_tokens = files.context_tokens
        self.dimension = int(self._session.get_outputs()[0].shape[-1])

    def lengths(self, texts: list[str]) -> list[int]:
        self._tokenizer.no_truncation()
        return [len(found.ids) for found in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    def vectors(self, texts: list[str], context: Context) -> NDArray[np.float32]:
        """A row of length 1 for each text."""
        self._tokenizer.enable_truncation(self._context_tokens)
        encoded = self._tokenizer.encode_batch_fast(texts)
        rows = np.empty((len(texts), self.dimension), np.float32)
        by_length = sorted(range(len(texts)), key=lambda row: len(encoded[row].ids))
        for first in range(0, len(texts), _TOGETHER):
            context.checkpoint()
            together = by_length[first : first + _TOGETHER]
            rows[together] = self._pooled([encoded[row] for row in together])
        return rows

    def _pooled(self, encoded: "list[Encoding]") -> NDArray[np.float32]:
        longest = max(len(encoding.ids) for encoding in encoded)
        ids = np.zeros((len(encoded), longest), np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encoded):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, {name: feed[name] for name in self._inputs})[0]
        weights = mask[:, :, None].astype(np.float32)
        mean = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        rows: NDArray[np.float32] = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)
        return rows


def _session(path: str, threads: int) -> Any:
    import onnxruntime  # type: ignore[import-untyped]  # it has no stubs

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or min(os.cpu_count() or 1, _MOST_THREADS)
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave the cores alone
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
