"""How current a root is, from what is known of its files and whether it can be looked into."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from engine.library.changes import Changes
from engine.library.places import is_under
from engine.library.values import Root, RootStanding
from engine.library.walk import why_unreadable

Work = Literal["behind", "catching_up", "paused"]


def root_standing(root: Root, *, closed: str, left: int, unwatched: str, work: Work = "behind") -> RootStanding:
    """`closed`: as `why_closed` told; `left`: files still to be read; `work`: what is being done about that."""
    reason = closed or ("away" if root.away and root.away >= root.files else "")
    if reason:
        return RootStanding(path=root.path, state="away", away=root.away, reason=reason, unwatched=unwatched)
    state = "current" if work == "behind" and not left else work
    return RootStanding(path=root.path, state=state, left=left, away=root.away, unwatched=unwatched)


def standings(roots: Sequence[Root], changes: Changes, *, unwatched: str) -> list[RootStanding]:
    """Of each of `roots`, whose `changes` nobody is at work on."""
    files = [*changes.read, *changes.settle, *(file for _, file in changes.moved)]
    left = [*(file.path for file in files), *(record.path for record in changes.gone)]
    return [
        root_standing(
            msgspec.structs.replace(root, away=sum(is_under(record.path, root.path) for record, _ in changes.away)),
            closed=why_closed(root.path),
            left=sum(is_under(path, root.path) for path in left),
            unwatched=unwatched,
        )
        for root in roots
    ]


def why_closed(path: str) -> str:
    """Why nothing can be seen of the root at `path`; "" where it can."""
    try:
        if Path(path).is_dir():
            with os.scandir(path):
                return ""
        Path(path).stat()
    except PermissionError:
        return "folder_denied"
    except (OSError, ValueError) as error:
        why = why_unreadable(error)
        return "absent" if why == "missing" else why
    return ""
