"""An embedder without a model: hashed words, so that texts which share words are near each other."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from engine.library.embed import Vectors
from engine.progress import Control

_WORD = re.compile(r"\w+|[^\w\s]")


class HashingEmbedder:
    """Counts how many texts it embedded in `embedded`; `name` tells its space apart from others."""

    def __init__(self, dimension: int = 128, name: str = "hashing") -> None:
        self._dimension = dimension
        self._name = name
        self.embedded = 0
        self._words: dict[str, Vectors] = {}

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    def passages(self, texts: Sequence[str], control: Control | None = None) -> Vectors:
        rows = np.zeros((len(texts), self._dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            if control is not None:
                control.checkpoint()
            self.embedded += 1
            row[:] = self._vector(text)
        return rows

    def questions(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(text) for text in texts])

    def lengths(self, texts: Sequence[str]) -> list[int]:
        return [len(_WORD.findall(text)) for text in texts]

    def close(self) -> None:
        pass

    def _vector(self, text: str) -> Vectors:
        total = np.full(self._dimension, 1e-3, np.float32)
        for word in _WORD.findall(text.lower()):
            total += self._word(word)
        return total / np.linalg.norm(total)

    def _word(self, word: str) -> Vectors:
        if word not in self._words:
            seed = int.from_bytes(hashlib.sha256(f"{self._name} {word}".encode()).digest()[:8], "little")
            self._words[word] = np.random.default_rng(seed).standard_normal(self._dimension).astype(np.float32)
        return self._words[word]
