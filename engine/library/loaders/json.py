"""JSON and lines of JSON as text a person would write: a line a value, a gap before each record."""

import json
from collections.abc import Iterator
from typing import BinaryIO

from engine.library.loaders.contract import Block, Refused
from engine.library.loaders.encoding import decoded, encoding_of
from engine.library.loaders.plain import gathered
from engine.library.loaders.table import one_line
from engine.library.values import FileState

_Simple = str | int | float | bool | None


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block]:  # noqa: ARG001 - the size was checked before
    """The value; what is not quite JSON stays as it stands. The names of the outermost parts are headings."""
    encoding = encoding_of(file)
    source = "".join(decoded(file, encoding))
    try:
        value = json.loads(source)
    except RecursionError as error:
        raise Refused(FileState.UNREADABLE, "broken") from error
    except ValueError:
        yield from _lines_of(file, encoding)
        return
    del source
    if not isinstance(value, dict):
        yield from gathered(_told(value))
        return
    for name, part in value.items():
        if isinstance(part, dict | list) and part:
            yield Block(one_line(name) + "\n\n", 1)
            yield from gathered(_told(part))
            yield Block("\n")
        else:
            yield from gathered(_told({name: part}))


def load_lines(file: BinaryIO, *, text_limit: int) -> Iterator[Block]:  # noqa: ARG001 - memory is bounded without it
    """A record a line; a line that is none stays as it stands."""
    yield from _lines_of(file, encoding_of(file))


def _lines_of(file: BinaryIO, encoding: str) -> Iterator[Block]:
    yield from gathered(text for line in decoded(file, encoding) for text in _line(line))


def _line(line: str) -> Iterator[str]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        yield line
        return
    yield from _told([value] if isinstance(value, dict) else value)


def _told(value: object, name: str = "") -> Iterator[str]:
    """Lines `name: value`, the names of what is within joined by dots."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _told(part, f"{name}.{one_line(key)}" if name else one_line(key))
    elif isinstance(value, list) and all(isinstance(part, _Simple) for part in value):
        text = ", ".join(_simple(part) for part in value)
        yield from _named(name, text)
    elif isinstance(value, list):
        for part in value:
            yield from _told(part, name)
            yield "\n"
    else:
        yield from _named(name, _simple(value))


def _named(name: str, text: str) -> Iterator[str]:
    if text:
        yield f"{name}: {text}\n" if name else f"{text}\n"


def _simple(value: object) -> str:
    """A string with its line ends, anything else as JSON spells it; nothing for null."""
    return value.strip() if isinstance(value, str) else "" if value is None else json.dumps(value)
