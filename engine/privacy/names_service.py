"""The names worker's side: a tagger of words, loaded once, that reads each text in overlapping windows."""

import itertools
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.errors import HearthsideError
from engine.privacy.name_spans import NAME, NUMBER, STREET, TOWN, Word, found
from engine.privacy.names_protocol import Load, Loaded, Look, NamesReply, NamesRequest, Seen
from engine.workers.service import Context

if TYPE_CHECKING:
    from tokenizers import Encoding

_MOST_THREADS = 4
_WINDOW, _MARGIN = 128, 16
"""Tokens read at once: it was trained on short texts and sees less in long ones. Those in the margins, whose
neighbours are cut off, are judged in the window beside."""

Probabilities = NDArray[np.float32]


class NamesService:
    requests: Any = NamesRequest

    def __init__(self) -> None:
        self._tagger: Tagger | None = None

    def handle(self, request: msgspec.Struct, context: Context) -> Iterator[NamesReply]:
        if isinstance(request, Load):
            self._tagger = Tagger(request)
            yield Loaded()
            return
        if self._tagger is None:
            raise HearthsideError("worker_failed", worker="names", reason="asked before it was loaded")
        assert isinstance(request, Look)
        yield Seen(self._tagger.look(request.texts, context))


def service() -> NamesService:
    return NamesService()


class Tagger:
    """One text a run and a run a thread: what is found in a text does not depend on the texts beside it."""

    def __init__(self, files: Load) -> None:
        import onnxruntime  # type: ignore[import-untyped]  # it has no stubs
        import tokenizers

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(files.model_path, options, providers=["CPUExecutionProvider"])
        self._tokenizer = tokenizers.Tokenizer.from_file(files.tokenizer_path)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._marks = [self._tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]")]
        self._classes = [_classes_of(kinds, files.labels) for kinds in (NAME, STREET, NUMBER, TOWN)]
        threads = min(os.cpu_count() or 1, _MOST_THREADS)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="names")

    def look(self, texts: Sequence[str], context: Context) -> list[list[tuple[int, int, str]]]:
        def look_at(text: str) -> list[tuple[int, int, str]]:
            context.checkpoint()
            return [(span.start, span.end, span.kind) for span in found(text, self._words(text))]

        return list(self._threads.map(look_at, texts))

    def _words(self, text: str) -> list[Word]:
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        sure = self._sure(encoding.ids)
        return [
            Word(encoding.offsets[tokens[0]][0], encoding.offsets[tokens[-1]][1], *map(float, sure[tokens].max(axis=0)))
            for tokens in _tokens_of_words(encoding)
        ]

    def _sure(self, ids: Sequence[int]) -> Probabilities:
        """(tokens, 4): how sure it is that each belongs to a name, a street, a number, a town."""
        kept = [np.zeros((0, 4), np.float32)]
        for start in range(0, max(len(ids) - 2 * _MARGIN, 1), _WINDOW - 2 * _MARGIN):
            window = ids[start : start + _WINDOW]
            is_last = start + _WINDOW >= len(ids)
            first = _MARGIN if start else 0
            kept.append(self._window(window)[first : len(window) if is_last else -_MARGIN])
        return np.concatenate(kept)[: len(ids)]

    def _window(self, ids: Sequence[int]) -> Probabilities:
        feed = {"input_ids": np.array([[self._marks[0], *ids, self._marks[1]]], np.int64)}
        logits = self._session.run(["logits"], feed)[0][0, 1:-1]
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        return np.stack([odds[:, classes].sum(axis=1) for classes in self._classes], axis=1)


def _classes_of(kinds: Sequence[str], labels: Sequence[str]) -> list[int]:
    """Class 0 is nothing; after it come the beginning and the inside of each label."""
    return [2 * number + part for number, label in enumerate(labels) if label in kinds for part in (1, 2)]


def _tokens_of_words(encoding: "Encoding") -> Iterator[list[int]]:
    numbered = enumerate(encoding.word_ids)
    for _, tokens in itertools.groupby(numbered, key=lambda pair: pair[1]):
        yield [token for token, _ in tokens]
