"""Where a file stands, in words: the library's own texts by the keys it gives."""

from engine.library.values import FileReport, RootStanding
from engine.words import say


def state_words(file: FileReport) -> str:
    return say(f"library.state_{file.state.value}")


def reason_words(file: FileReport) -> str:
    """Why it is not indexed, or how it was read, and why its file cannot be reached; empty for one that is and can."""
    return " ".join(say(f"library.{reason}") for reason in (file.reason, file.away) if reason)


def standing_words(standing: RootStanding) -> str:
    """How current a folder is, in a line."""
    uncounted = {"catching_up": "looking", "paused": "waiting"}
    state = standing.state if standing.left else uncounted.get(standing.state, standing.state)
    reason = say(f"library.{standing.reason}") if standing.reason else ""
    words = [say(f"library.root_{state}", left=standing.left, reason=reason)]
    if standing.away and not reason:
        words.append(say("library.files_away", away=standing.away))
    if standing.unwatched:
        words.append(say(f"library.{standing.unwatched}"))
    return " · ".join(words)
