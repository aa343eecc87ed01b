"""What a question may be limited to, and which of it fits what is typed. Works on a lane: nothing here knows Qt."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING

from msgspec import Struct

from engine.library.values import FileState, Scope, ScopePart
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant

_MOST_PLACES = 40


class Choice(Struct, frozen=True):
    """A limit to choose, with the icon of its kind and what more there is to say of it."""

    part: ScopePart
    icon: str
    more: str = ""


class Choices(Struct, frozen=True):
    """All there is to choose from; `folders` and `files` are paths, of which `roots` are offered unasked."""

    collections: list[Choice]
    roots: list[str]
    folders: list[str]
    files: list[str]
    types: list[Choice]
    days: list[Choice]

    def matching(self, text: str) -> list[Choice]:
        """Those that hold `text` in any case, in the order of their kinds; without a text no single files. A day that
        is typed (2025-03-01) is a choice."""
        wanted = text.strip().casefold()
        if not wanted:
            return [*self.collections, *(_place(path, "folder") for path in self.roots), *self.types, *self.days]
        every = [*self.collections, *self.types, *self.days]
        found = [one for one in every if wanted in one.part.words.casefold()]
        return [*_typed_day(wanted), *found, *self._places(wanted)]

    def _places(self, wanted: str) -> list[Choice]:
        """Those that have it in their own name."""
        named = [
            _place(path, icon)
            for icon, paths in (("folder", self.folders), ("file", self.files))
            for path in paths
            if wanted in PurePath(path).name.casefold()
        ]
        return sorted(named, key=lambda one: (not one.part.words.casefold().startswith(wanted), one.icon == "file"))[
            :_MOST_PLACES
        ]


def choices(assistant: "Assistant", today: date) -> Choices:
    """What the library offers now."""
    library = assistant.library
    roots = [root.path for root in library.roots()]
    files = [file.path for file in library.files() if file.state is FileState.INDEXED]
    inside = {str(folder) for path in files for folder in PurePath(path).parents if _is_in(str(folder), roots)}
    return Choices(
        collections=[
            Choice(
                ScopePart(kind="collection", value=one.id, words=one.name),
                "collection",
                say("chat_page.scope_files", files=one.files),
            )
            for one in library.collections.all()
        ],
        roots=roots,
        folders=sorted(inside.union(roots) - set(files)),
        files=files,
        types=[
            Choice(part, "file", say("chat_page.scope_files", files=count))
            for suffix, count in library.types().items()
            for part in library.scope_parts(Scope(types=(suffix,)))
        ],
        days=[
            Choice(ScopePart(kind="since", value=day.isoformat(), words=say(f"chat_page.scope_{name}")), "clock")
            for name, day in (
                ("today", today),
                ("week", today - timedelta(days=7)),
                ("month", today - timedelta(days=30)),
                ("year", today.replace(month=1, day=1)),
            )
        ],
    )


def _is_in(folder: str, roots: list[str]) -> bool:
    return any(folder == root or folder.startswith(root.rstrip("/") + "/") for root in roots)


def place(path: str) -> ScopePart:
    """A folder or file as a limit."""
    return ScopePart(kind="place", value=path, words=PurePath(path).name or path, detail=path)


def _place(path: str, icon: str) -> Choice:
    return Choice(place(path), icon, str(PurePath(path).parent))


def _typed_day(text: str) -> Iterator[Choice]:
    try:
        day = date.fromisoformat(text).isoformat()
    except ValueError:
        return
    yield Choice(ScopePart(kind="since", value=day, words=say("library.scope_since", day=day)), "clock")
