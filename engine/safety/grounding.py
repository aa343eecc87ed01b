"""Whether an answer's words stand in a passage: the check that needs no model."""

import re

_WORD = re.compile(r"\w+(?:[.,'\u2019]\w+)*")
_COMMON_WORDS = (
    "a about above after all also an and any are as at be because been before being but by can could did do does for "
    "from had has have he her here his how i if in into is it its just may me might more most my no not of on one only "
    "or other our out over own she should so some such than that the their them then there these they this those to "
    "too up very was we were what when where which while who why will with would you your yes"
)
_COMMON = frozenset(_COMMON_WORDS.split())


def content_words(text: str) -> list[str]:
    """The words of `text` that carry content, in order, folded for comparison; numbers count as words."""
    words = (word.casefold() for word in _WORD.findall(text))
    return [word for word in words if word not in _COMMON and (len(word) > 1 or word.isdigit())]


def support(answer: str, passage: str, *, question: str = "") -> float:
    """The share (0 to 1) of the content words which the answer adds to the question that stand in the passage."""
    added = set(content_words(answer)) - set(content_words(question))
    return len(added & set(content_words(passage))) / len(added) if added else 0.0
