"""A question as FTS5 reads it: its words quoted, so that nothing in it is syntax, and the very common ones left out.

A word in over a tenth of a large library's chunks says next to nothing and costs most of a ranked search's time.
"""

import math
import re
from collections.abc import Callable
from typing import Final

import numpy as np

from engine.library.rows import as_json
from engine.library.vectors import Ids
from engine.store.database import Database

_WORD = re.compile(r"\w+")
_LOOKED_AT: Final = 200  # different words of a question
_MOST_WORDS: Final = 32
_FEWEST_WORDS: Final = 2
_COMMON_SHARE: Final = 0.1
_COMMON_FLOOR: Final = 2_000  # chunks; in a small library no word is dear
_NAME, _HEADING, _TEXT = 1.0, 2.0, 1.0  # weights of the columns
_K1: Final = 1.2  # FTS5's own
_FEW: Final = 3_000  # chunks that FTS5 is told to look among; more are looked for among what it finds
_SPARE: Final = 2


class WordSearch:
    """Ranks chunks by BM25 (Robertson and Zaragoza, 2009), as a share of the most that the question could score."""

    def __init__(self, database: Database, chunks: Callable[[], int]) -> None:
        self._database = database
        self._chunks = chunks  # how many there are
        self._counts: dict[str, int] = {}
        self._counted_at = 0

    def best(self, question: str, limit: int, within: Ids | None = None) -> dict[int, float]:
        """Up to `limit` chunks that share words with the question, with scores in [0, 1]; the best of the chunks
        `within`, where it is given."""
        total = self._total()
        counts = self._rare({word: self._count(word, total) for word in _words(question)}, total)
        most = sum(_idf(count, total) * (_K1 + 1) for count in counts.values())
        if not counts or not most:
            return {}
        match = " OR ".join(f'"{word}"' for word in counts)
        rows = self._ranked(match, limit) if within is None else self._ranked_within(match, limit, within)
        return {chunk: min(max(-rank / most, 0.0), 1.0) for chunk, rank in rows}

    def _ranked(self, match: str, limit: int, within: Ids | None = None) -> list[tuple[int, float]]:
        among = "" if within is None else " AND +rowid IN (SELECT value FROM json_each(?))"
        return self._database.read(
            f"SELECT rowid, rank FROM words WHERE words MATCH ? AND rank MATCH ?{among} ORDER BY rank LIMIT ?",  # noqa: S608 - no value in it
            match,
            f"bm25({_NAME}, {_HEADING}, {_TEXT})",
            *([] if within is None else [as_json(within.tolist())]),
            limit,
        )

    def _ranked_within(self, match: str, limit: int, within: Ids) -> list[tuple[int, float]]:
        """A list of many chunks takes longer to hand over than the search; of many, though, some are soon found."""
        if len(within) <= _FEW:
            return self._ranked(match, limit, within)
        wanted = limit * _SPARE * -(-self._chunks() // len(within))
        rows = self._ranked(match, wanted)
        found = _among(rows, within)
        if len(found) < limit and len(rows) == wanted:
            found = _among(self._ranked(match, -1), within)
        return found[:limit]

    def _rare(self, counts: dict[str, int], total: int) -> dict[str, int]:
        by_count = sorted((word for word, count in counts.items() if count), key=counts.__getitem__)
        common = max(_COMMON_FLOOR, total * _COMMON_SHARE)
        kept = [word for word in by_count if counts[word] <= common] or by_count[:_FEWEST_WORDS]
        return {word: counts[word] for word in kept[:_MOST_WORDS]}

    def _count(self, word: str, total: int) -> int:
        """Chunks with this word, counted no further than it takes to call it common."""
        if word not in self._counts:
            limit = int(max(_COMMON_FLOOR, total * _COMMON_SHARE)) + 1
            row = self._database.one(
                "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)", f'"{word}"', limit
            )
            assert row is not None
            self._counts[word] = row[0]
        return self._counts[word]

    def _total(self) -> int:
        """How many chunks there are; the words are counted anew when that changed by more than a little."""
        total = self._chunks()
        if abs(total - self._counted_at) > self._counted_at / 20:
            self._counts, self._counted_at = {}, total
        return total


def _among(rows: list[tuple[int, float]], within: Ids) -> list[tuple[int, float]]:
    held = np.isin(np.array([chunk for chunk, _ in rows], np.int64), within)
    return [row for row, stays in zip(rows, held, strict=True) if stays]


def _words(question: str) -> list[str]:
    return list(dict.fromkeys(word.lower() for word in _WORD.findall(question)))[:_LOOKED_AT]


def _idf(count: int, total: int) -> float:
    return max(math.log((total - count + 0.5) / (count + 0.5)), 1e-6)
