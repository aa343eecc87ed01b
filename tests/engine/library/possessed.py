"""The parse worker of an attacker who found a hole in a loader: the document is Python, and the worker runs it.

What it says with `say` is the document's text; `document` is its own descriptor.
"""

from collections.abc import Iterator
from typing import BinaryIO

from engine.library import parse_service
from engine.library.loaders.contract import Block


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block]:
    file.seek(0)
    said: list[str] = ["says"]

    def attempt(expression: str) -> None:
        try:
            said.append(repr(eval(expression, names)))
        except Exception as error:  # noqa: BLE001 - which one is what the test asks
            said.append(type(error).__name__)

    names = {"attempt": attempt, "say": said.append, "document": file.fileno()}
    names |= {name: __import__(name) for name in ("ctypes", "os", "socket")}
    exec(file.read(), names)
    yield Block(" ".join(said))


def service() -> parse_service.ParseService:
    parse_service.loader_for = lambda _file, _suffix: load  # type: ignore[assignment]  # the hole
    return parse_service.service()
