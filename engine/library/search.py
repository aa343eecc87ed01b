"""Passages for a question: by its words and by its meaning, put together as a weighted sum.

Both parts are shares of the most they could be, so a score means the same in every search: cosine by itself, BM25
against a chunk that would say nothing but the question's words.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from engine.library.embed import Embedder
from engine.library.passages import passages
from engine.library.values import Passage
from engine.library.vectors import VectorIndex
from engine.library.words_query import WordSearch
from engine.store.database import Database

MEANING: Final = (
    0.5  # the middle of a plateau (.4 to .6) on the even questions of tests/benchmarks/retrieval_quality.py
)
_FROM_WORDS: Final = 200


class Search:
    """Reads what is committed; any thread may ask."""

    def __init__(self, database: Database, embedder: Embedder, vectors: VectorIndex) -> None:
        self._database = database
        self._embedder = embedder
        self._vectors = vectors
        self._words = WordSearch(database, vectors.__len__)
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="words")  # while the question is embedded

    def passages(self, question: str, k: int) -> list[Passage]:
        """The best `k`, best first, scores in [0, 1]; none for an empty question."""
        if not question.strip() or k < 1 or not len(self._vectors):
            return []
        scores = self.scores(question)
        best = sorted(scores, key=lambda chunk: (-scores[chunk], chunk))[:k]
        return passages(self._database, {chunk: scores[chunk] for chunk in best})

    def scores(self, question: str) -> dict[int, float]:
        """Every candidate chunk's score."""
        by_words, by_meaning = self.parts(question)
        return {
            chunk: MEANING * cosine + (1 - MEANING) * by_words.get(chunk, 0.0) for chunk, cosine in by_meaning.items()
        }

    def parts(self, question: str) -> tuple[dict[int, float], dict[int, float]]:
        """The candidates' shares by words and by meaning, both in [0, 1]; every chunk of the first is in the second."""
        found = self._beside.submit(self._words.best, question, _FROM_WORDS)
        vector = self._embedder.questions([question])[0]
        candidates = self._vectors.candidates(vector)
        by_words = found.result()
        cosines = self._vectors.similarities(vector, list({*candidates, *by_words}))
        return by_words, {chunk: min(max(cosine, 0.0), 1.0) for chunk, cosine in cosines.items()}
