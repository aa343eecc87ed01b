"""Passages for a question: by its words and by its meaning, put together as a weighted sum.

Both parts are shares of the most they could be, so a score means the same in every search: cosine by itself, BM25
against a chunk that would say nothing but the question's words.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from engine.library.embed import Embedder
from engine.library.passages import passages
from engine.library.values import Passage, Ranking
from engine.library.vectors import FEWEST_READ, Ids, VectorIndex
from engine.library.words_query import WordSearch
from engine.store.database import Database

MEANING: Final = (
    0.5  # the middle of a plateau (.4 to .6) on the even questions of tests/benchmarks/retrieval_quality.py
)
_FROM_WORDS: Final = 200
MOST: Final = 3_000  # chunks by words, and as many by meaning, that are looked at where all are wanted


class Search:
    """Reads what is committed; any thread may ask."""

    def __init__(self, database: Database, embedder: Embedder, vectors: VectorIndex) -> None:
        self._database = database
        self._embedder = embedder
        self._vectors = vectors
        self._words = WordSearch(database, vectors.__len__)
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="words")  # while the question is embedded

    def passages(self, question: str, k: int, within: Ids | None = None) -> list[Passage]:
        """The best `k`, best first, scores in [0, 1]; none for an empty question. `within`: as of `ranked`."""
        return self.ranked(question, [Ranking(MEANING, k)], within=within)[0]

    def ranked(
        self, question: str, rankings: Sequence[Ranking], floor: float = 0.0, within: Ids | None = None
    ) -> list[list[Passage]]:
        """The best passages under each ranking, best first; the best of the documents `within` (their rows), where that
        is given.

        Scores, and what is near enough by `floor`, are those of the weight MEANING under every ranking: whether
        anything is found does not hang on the ranking.
        """
        nowhere = not len(self._vectors) if within is None else not len(within)
        if nowhere or not question.strip():
            return [[] for _ in rankings]
        parts = self.parts(question, within)
        scores = {chunk: score for chunk, score in fused(*parts, MEANING).items() if score >= floor}
        return [self._best(scores, fused(*parts, ranking.meaning), ranking.passages) for ranking in rankings]

    def near(self, question: str, words: str, floor: float, within: Ids | None = None) -> list[list[Passage]]:
        """All passages that score at least `floor` by the `words` and by the meaning of the question, but for what is
        beyond MOST by either; a list a document, both best first."""
        if not question.strip():
            return []
        scores = fused(*self.parts(question, within, words=words, least=MOST), MEANING)
        near = sorted((-score, chunk) for chunk, score in scores.items() if score >= floor)
        by_document: dict[str, list[Passage]] = {}
        for passage in passages(self._database, {chunk: -score for score, chunk in near}):
            by_document.setdefault(passage.document_id, []).append(passage)
        return list(by_document.values())

    def parts(
        self, question: str, within: Ids | None = None, *, words: str = "", least: int = 0
    ) -> tuple[dict[int, float], dict[int, float]]:
        """The candidates' shares by words and by meaning, both in [0, 1]; every chunk of the first is in the second.
        With `words` it is these that are looked for beside the question's meaning; with `least` so many at least are
        looked at, where there are."""
        chunks = None if within is None else self._vectors.of_documents(within)
        found = self._beside.submit(self._words.best, words or question, max(_FROM_WORDS, least), chunks)
        vector = self._embedder.questions([question])[0]
        candidates = self._vectors.candidates(vector, within, max(FEWEST_READ, least))
        by_words = found.result()
        cosines = self._vectors.similarities(vector, list({*candidates, *by_words}))
        return by_words, {chunk: min(max(cosine, 0.0), 1.0) for chunk, cosine in cosines.items()}

    def _best(self, scores: dict[int, float], order: dict[int, float], k: int) -> list[Passage]:
        best = sorted(scores, key=lambda chunk: (-order[chunk], chunk))[: max(k, 0)]
        return passages(self._database, {chunk: scores[chunk] for chunk in best})


def fused(by_words: dict[int, float], by_meaning: dict[int, float], weight: float) -> dict[int, float]:
    """Every candidate's score, `weight` that of meaning."""
    return {chunk: weight * cosine + (1 - weight) * by_words.get(chunk, 0.0) for chunk, cosine in by_meaning.items()}
