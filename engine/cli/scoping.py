"""--in, --collection, --since, --type: what of the library a question or a search is limited to."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.assistant import Assistant
from engine.errors import InputRefused, UsageError
from engine.library.values import Scope
from engine.paths import as_named

In = Annotated[list[Path] | None, typer.Option("--in", help="Only in this folder or file; may be given again")]
InCollection = Annotated[
    list[str] | None, typer.Option("--collection", help="Only in this collection; may be given again")
]
Since = Annotated[str | None, typer.Option("--since", help="Only files changed on this day or later: 2025-03-01")]
OfType = Annotated[
    list[str] | None, typer.Option("--type", help="Only files of this type, say pdf; may be given again")
]


def scope_of(
    assistant: Assistant,
    inside: list[Path] | None,
    collections: list[str] | None,
    since: str | None,
    types: list[str] | None,
) -> Scope | None:
    """The scope these options name; None without any.

    Raises UsageError, or InputRefused("collection_absent") or ("place_unread").
    """
    if not (inside or collections or since or types):
        return None
    places = [str(as_named(path)) for path in inside or ()]
    for place in places:
        if not assistant.library.counts(Scope(places=(place,)))[0]:
            raise InputRefused("place_unread", path=place)
    return Scope(
        collections=tuple(assistant.library.collections.get(name).id for name in collections or ()),
        places=tuple(places),
        since=None if since is None else _day(since),
        types=tuple(one.lower().removeprefix(".") for one in types or ()),
    )


def scope_as_json(scope: Scope) -> dict[str, Any]:
    return {name: getattr(scope, name) for name in Scope.__struct_fields__}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError("usage", reason=f"--since takes a day such as 2025-03-01, not {text}") from error
