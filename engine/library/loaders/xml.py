"""XML of no kind known here, as text; and the one way any loader parses XML: no entities, no network, no giants."""

from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, BinaryIO

from engine.library.loaders.contract import Block, damage_refused
from engine.library.loaders.plain import gathered
from engine.library.loaders.table import one_line

if TYPE_CHECKING:
    from lxml.etree import _Element


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block]:  # noqa: ARG001 - the size was checked before
    """A line for each element with words of its own: its name, its attributes, its text. Raises Refused."""
    file.seek(0)
    if not file.read(4096).strip():
        return
    file.seek(0)
    yield from gathered(_lines(parsed(file)))


def parsed(source: IO[bytes]) -> "_Element":
    """The root of the document in `source`; entities stay unread. Raises Refused."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    with damage_refused():
        return etree.parse(source, parser).getroot()


def local_name(element: "_Element") -> str:
    """The tag without its namespace; "" for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attributes(element: "_Element") -> dict[str, str]:
    """The attributes by their names without namespaces."""
    return {str(key).rpartition("}")[2]: str(value) for key, value in element.items()}


def _lines(element: "_Element") -> Iterator[str]:
    waiting = [element]
    while waiting:
        element = waiting.pop()
        name = local_name(element)
        if not name:
            continue
        parts = [f"{key}={one_line(value)}" for key, value in attributes(element).items()]
        mixed = any((child.tail or "").strip() for child in element)
        words = one_line("".join(map(str, element.itertext())) if mixed else element.text or "")
        if words or parts:
            yield ": ".join(part for part in (" ".join([name, *parts]), words) if part) + "\n"
        elif len(element) and element.getparent() is not None:
            yield "\n"  # a record begins
        if not mixed:
            waiting.extend(reversed(element))
