"""Paths of files and folders: which stands in which, and where one went."""

from collections.abc import Mapping


def is_under(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or stands in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def went_to(place: str, moves: Mapping[str, str]) -> str | None:
    """By documents' paths (old: new); None where they did not move, or not all to one place."""
    if place in moves:
        return moves[place]
    below = place.rstrip("/") + "/"
    went = set()
    for old, new in moves.items():
        if old.startswith(below):
            rest = old[len(below) - 1 :]
            went.add(new.removesuffix(rest) if new.endswith(rest) else None)
    return went.pop() if len(went) == 1 else None
