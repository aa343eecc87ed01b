"""The embedder contract, and the one that runs an ONNX sentence model in a resident worker."""

import threading
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import HearthsideError
from engine.library.embed_protocol import Embed, Embedded, EmbedReply, Length, Lengths, Load
from engine.models.values import EmbedderDescription
from engine.progress import Control
from engine.workers.worker import Limits, Worker

Vectors = NDArray[np.float32]

_SLICE = 16  # texts a request: a question waits for no more than these
_COUNTED = 2_000
_LONGEST_QUESTION = 8_000  # characters; far beyond what any sentence model reads


class Embedder(Protocol):
    """Turns texts into unit vectors of one space. `name` names the very weights and stands beside each vector."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def passages(self, texts: Sequence[str], control: Control | None = None) -> Vectors:
        """(len(texts), dimension) float32 rows of length 1, in order. Raises Interrupted."""
        ...

    def questions(self, texts: Sequence[str]) -> Vectors:
        """The same for questions, ahead of any passages that are waiting."""
        ...

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without the marks around it; 0 for a text without words."""
        ...

    def close(self) -> None: ...


class OnnxEmbedder:
    """`EmbedderDescription`'s files, run by onnxruntime in a child that is loaded once and stays."""

    def __init__(self, description: EmbedderDescription, *, threads: int = 0) -> None:
        self.description = description
        self._load = Load(description.model_path, description.tokenizer_path, description.context_tokens, threads)
        files = (description.model_path, description.tokenizer_path)
        limits = Limits(file_size=0, confined=True, readable=files)
        self._worker: Worker[EmbedReply] = Worker(
            "engine.library.embed_service", EmbedReply, name="embed", limits=limits
        )
        self._loaded = 0
        self._order = threading.Lock()  # of use of the worker
        self._question_first = threading.Lock()

    @property
    def name(self) -> str:
        return self.description.name

    @property
    def dimension(self) -> int:
        return self.description.dimension

    def passages(self, texts: Sequence[str], control: Control | None = None) -> Vectors:
        different = list(dict.fromkeys(texts))
        place = {text: row for row, text in enumerate(different)}
        vectors = np.empty((len(different), self.dimension), np.float32)
        by_length = sorted(range(len(different)), key=lambda row: len(different[row]))
        for first in range(0, len(by_length), _SLICE):
            if control is not None:
                control.checkpoint()
            rows = by_length[first : first + _SLICE]
            with self._question_first:
                pass
            vectors[rows] = self._embed([different[row] for row in rows])
        return vectors[[place[text] for text in texts]] if len(different) < len(texts) else vectors

    def questions(self, texts: Sequence[str]) -> Vectors:
        with self._question_first:
            return self._embed([text[:_LONGEST_QUESTION] for text in texts])

    def lengths(self, texts: Sequence[str]) -> list[int]:
        counts: list[int] = []
        for first in range(0, len(texts), _COUNTED):
            with self._order:
                reply = self._ask(Length(list(texts[first : first + _COUNTED])))
            assert isinstance(reply, Lengths)
            counts.extend(reply.tokens)
        return counts

    def start(self) -> None:
        """Load now rather than at the first text."""
        with self._order:
            self._ask(Length([]))

    def close(self) -> None:
        self._worker.close()

    def _embed(self, texts: list[str]) -> Vectors:
        with self._order:
            reply = self._ask(Embed(texts))
        assert isinstance(reply, Embedded)
        return np.frombuffer(reply.vectors, np.float32).reshape(len(texts), self.dimension)

    def _ask(self, request: Embed | Length) -> EmbedReply:
        try:
            return self._ask_once(request)
        except HearthsideError as error:
            if error.code != "worker_crashed":
                raise
        return self._ask_once(request)  # whatever killed it, the text is worth one more try

    def _ask_once(self, request: Embed | Length) -> EmbedReply:
        if self._worker.generation != self._loaded:
            self._worker.call(self._load)
            self._loaded = self._worker.generation
        return self._worker.call(request)
