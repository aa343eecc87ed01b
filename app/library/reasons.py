"""Where a file stands, in words: the library's own texts by the keys it gives."""

from engine.library.values import FileReport
from engine.words import say


def state_words(file: FileReport) -> str:
    return say(f"library.state_{file.state.value}")


def reason_words(file: FileReport) -> str:
    """Why it is not indexed; empty for one that is."""
    return say(f"library.{file.reason}") if file.reason else ""
