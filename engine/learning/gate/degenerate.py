"""Answers gone wrong in ways that need no judge: nothing said, the same words over and over, no end."""

from collections import Counter

NGRAM = 4
REPEATED_SHARE = 0.4
FEWEST_WORDS = 12


def is_degenerate(answer: str) -> bool:
    """Whether `answer` is empty or mostly repeats itself.

    Of its 4-grams of words, more than two fifths stand more than once; shorter answers repeat by chance.
    """
    words = answer.split()
    if not words:
        return True
    return len(words) >= FEWEST_WORDS and repeated_share(words) > REPEATED_SHARE


def repeated_share(words: list[str]) -> float:
    """The share of 4-grams that had stood before in the same text."""
    grams = [tuple(words[start : start + NGRAM]) for start in range(len(words) - NGRAM + 1)]
    return sum(count - 1 for count in Counter(grams).values()) / len(grams) if grams else 0.0
