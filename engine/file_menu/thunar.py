"""Thunar's custom actions: ours are put into the owner's file and taken out; every other byte stays as it is.

An action is ours while it has an id of ours and starts our program: Thunar writes its file anew whenever its owner
changes any action, so nothing else of it can be held to.
"""

from collections.abc import Collection, Mapping
from xml.parsers import expat
from xml.sax.saxutils import escape

from msgspec import Struct

_KINDS = ("directories", "audio-files", "image-files", "other-files", "text-files", "video-files")
EMPTY = b'<?xml version="1.0" encoding="UTF-8"?>\n<actions>\n</actions>\n'


class Action(Struct, frozen=True):
    """An action as it stands in the file: where, and what its elements hold."""

    start: int
    end: int
    elements: dict[str, str]

    @property
    def id(self) -> str:
        return self.elements.get("unique-id", "")


def actions_in(data: bytes) -> tuple[list[Action], int]:
    """The actions in a file of Thunar's, and where the next one belongs. Raises ValueError for what is no such file."""
    reader = _Reader(data)
    return reader.actions, reader.place


def merged(data: bytes, wanted: Mapping[str, Mapping[str, str]]) -> bytes:
    """`data` with the actions `wanted` (by id), where it does not hold them with the same command already.

    Raises ValueError for what is no file of Thunar's, before or after.
    """
    held = {action.id: action.elements.get("command") for action in actions_in(data)[0]}
    missing = {name: action for name, action in wanted.items() if held.get(name) != action["command"]}
    data = without(data, missing)
    place = actions_in(data)[1]
    made = data[:place] + b"".join(_written(name, action) for name, action in missing.items()) + data[place:]
    actions_in(made)
    return made


def without(data: bytes, ids: Collection[str]) -> bytes:
    """`data` without the actions of these ids."""
    for action in reversed(actions_in(data)[0]):
        if action.id in ids:
            end = action.end + (data[action.end : action.end + 1] == b"\n")
            data = data[: action.start] + data[end:]
    return data


def _written(name: str, action: Mapping[str, str]) -> bytes:
    lines = {**action, "unique-id": name, "patterns": "*"}
    inside = "".join(f"\t<{key}>{escape(value)}</{key}>\n" for key, value in lines.items())
    kinds = "".join(f"\t<{kind}/>\n" for kind in _KINDS)
    return f"<action>\n{inside}{kinds}</action>\n".encode("utf-8", "surrogateescape")


class _Reader:
    """Walks the elements by their places in the bytes. Elements in a second language are not ours to look at."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._depth = 0
        self._start = 0
        self._element = ""
        self._elements: dict[str, str] = {}
        self.actions: list[Action] = []
        self.place = -1
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._finish
        self._parser.CharacterDataHandler = self._text
        if b"\0" in data:
            raise ValueError("not written in bytes that are ASCII where they can be")
        try:
            self._parser.Parse(data, True)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from error

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and name != "actions":
            raise ValueError(f"begins with {name}")
        if self._depth == 2:
            self._start, self._elements = self._parser.CurrentByteIndex, {}
        self._element = name if self._depth == 3 and not attributes else ""

    def _text(self, text: str) -> None:
        if self._element:
            self._elements[self._element] = self._elements.get(self._element, "") + text

    def _finish(self, name: str) -> None:
        here = self._parser.CurrentByteIndex
        if self._depth == 1:
            if self._data[here : here + 2] != b"</":
                raise ValueError("holds no place for an action")
            self.place = here
        elif self._depth == 2 and name == "action":
            self.actions.append(Action(self._start, self._data.index(b">", here) + 1, self._elements))
        self._element = ""
        self._depth -= 1
