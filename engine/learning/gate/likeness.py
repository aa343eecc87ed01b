"""How near one text comes to another, by their words: for drafts against what the owner wrote."""

import re

from rapidfuzz.distance import LCSseq, Levenshtein


def rouge_l(written: str, wanted: str) -> float:
    """F1 of the longest common subsequence of words, from 0 to 1 (Lin, ROUGE, 2004)."""
    one, other = _words(written), _words(wanted)
    return 2 * LCSseq.similarity(one, other) / (len(one) + len(other)) if one and other else 0.0


def edit_distance(written: str, wanted: str) -> float:
    """Words to insert, delete or replace, as a share of the longer text's: 0 for the same, 1 for nothing in common."""
    return Levenshtein.normalized_distance(_words(written), _words(wanted))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
