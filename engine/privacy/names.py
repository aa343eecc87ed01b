"""Finds the names of people, and addresses, in texts: the contract, and the finder that asks a tagger in a worker."""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from engine.errors import HearthsideError
from engine.privacy.names_protocol import Load, Look, NamesReply, Seen
from engine.privacy.spans import Span
from engine.workers.worker import Limits, Worker

_READING = 1
"""Of what the tagger says, by engine.privacy.name_spans. Raise it when that changes what is found."""

_SLICE = 16  # texts a request


class Tagger(Protocol):
    """An imported one's weights and files; for `labels` see engine.models.recipes.NamesRecipe."""

    @property
    def name(self) -> str: ...

    @property
    def model_path(self) -> str: ...

    @property
    def tokenizer_path(self) -> str: ...

    @property
    def labels(self) -> list[str]: ...


class NameFinder(Protocol):
    """`name` names the very weights and how they are read: what one found stands for all of the same name."""

    @property
    def name(self) -> str: ...

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """Of each text, in order: spans of kind "name" and "address", in order and apart. What is found in a text does
        not depend on the texts beside it."""
        ...

    def close(self) -> None: ...


class OnnxNames:
    """A tagger's files, run by onnxruntime in a child that is started at the first text and stays. Thread-safe.

    `tagger` says which; what it raises where there is none, `name` and `find` raise.
    """

    def __init__(self, tagger: Callable[[], Tagger]) -> None:
        self._tagger = tagger
        self._worker: Worker[NamesReply] | None = None
        self._loaded = 0
        self._order = threading.Lock()  # of use of the worker

    @property
    def name(self) -> str:
        return f"{self._tagger().name}-{_READING}"

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """Raises HearthsideError("worker_crashed") for texts that end the worker twice."""
        by_length = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        spans: list[list[Span]] = [[] for _ in texts]
        for first in range(0, len(by_length), _SLICE):
            numbers = by_length[first : first + _SLICE]
            for number, seen in zip(numbers, self._ask([texts[number] for number in numbers]), strict=True):
                spans[number] = [Span(*span) for span in seen]
        return spans

    def close(self) -> None:
        if self._worker is not None:
            self._worker.close()

    def _ask(self, texts: list[str]) -> list[list[tuple[int, int, str]]]:
        with self._order:
            try:
                return self._ask_once(texts)
            except HearthsideError as error:
                if error.code != "worker_crashed":
                    raise
            return self._ask_once(texts)  # whatever killed it, the texts are worth one more try

    def _ask_once(self, texts: list[str]) -> list[list[tuple[int, int, str]]]:
        if self._worker is None:
            self._worker = _worker(self._tagger())
        if self._worker.generation != self._loaded:
            tagger = self._tagger()
            self._worker.call(Load(tagger.model_path, tagger.tokenizer_path, tagger.labels))
            self._loaded = self._worker.generation
        reply = self._worker.call(Look(texts))
        assert isinstance(reply, Seen)
        return reply.spans


def _worker(tagger: Tagger) -> Worker[NamesReply]:
    """Writes nothing and reads the tagger's files alone."""
    limits = Limits(file_size=0, confined=True, readable=(tagger.model_path, tagger.tokenizer_path))
    return Worker("engine.privacy.names_service", NamesReply, name="names", limits=limits)
