"""OpenDocument texts, sheets and slides: their own XML, for no kept library reads all three as a stream of blocks."""

import contextlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from engine.library.loaders.contract import Block, Refused, Title
from engine.library.loaders.plain import gathered
from engine.library.loaders.table import lines, one_line
from engine.library.loaders.xml import attributes, local_name, parsed
from engine.library.loaders.zip_limits import member_bytes, open_checked
from engine.library.values import FileState

if TYPE_CHECKING:
    from lxml.etree import _Element

BODY = "content.xml"
_MIME = b"application/vnd.oasis.opendocument."

_MANIFEST = "META-INF/manifest.xml"
_META = "meta.xml"
_SILENT = frozenset({"tracked-changes", "annotation", "forms", "sequence-decls", "bibliography", "alphabetical-index"})
_MOST_COLUMNS = 16_384
_MOST_SPACES = 100


def is_opendocument(archive: zipfile.ZipFile) -> bool:
    """Whether the archive says that it is a document of this kind."""
    with contextlib.suppress(Refused):
        return member_bytes(archive, "mimetype", len(_MIME) * 2).startswith(_MIME)
    return False


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block | Title]:
    """The title, then paragraphs, headings and rows in order; a slide is a page, a sheet a heading. Raises Refused."""
    with open_checked(file) as archive:
        members = set(archive.namelist())
        if _MANIFEST in members and b"encryption-data" in member_bytes(archive, _MANIFEST, text_limit):
            raise Refused(FileState.ENCRYPTED, "password")
        meta = member_bytes(archive, _META, text_limit) if _META in members else b""
        content = member_bytes(archive, BODY, text_limit)
    if meta:
        for item in parsed(io.BytesIO(meta)).iter():
            if local_name(item) == "title":
                yield Title(one_line(item.text or ""))
    root = parsed(io.BytesIO(content))
    body = next((child for child in root if local_name(child) == "body"), root)
    yield from _Reader().read(body)


class _Reader:
    """Walks a body; knows which slide it is on."""

    def __init__(self) -> None:
        self._page: int | None = None

    def read(self, parent: "_Element", *, title: bool = False) -> Iterator[Block]:
        """The blocks within `parent`; `title` makes its paragraphs headings."""
        for element in parent:
            name = local_name(element)
            if name in {"h", "p"}:
                text = _words(element).strip()
                level = _level(element) if name == "h" else int(title)
                if text:
                    yield Block(text + "\n\n", level, self._page)
            elif name == "table":
                yield from self._table(element, sheet=local_name(parent) == "spreadsheet")
            elif name == "page":
                self._page = (self._page or 0) + 1
                yield from self.read(element)
            elif name == "frame":
                yield from self.read(element, title=_attribute(element, "class") == "title")
            elif name and name not in _SILENT:
                yield from self.read(element, title=title)

    def _table(self, table: "_Element", *, sheet: bool) -> Iterator[Block]:
        named = not sheet
        rows = (_cells(row) for row in table.iter(f"{{{table.nsmap[table.prefix]}}}table-row"))
        for block in gathered(lines(rows)):
            if not named:
                yield Block(one_line(_attribute(table, "name")) + "\n\n", 1, self._page)
                named = True
            yield Block(block.text, 0, self._page)
        if named:
            yield Block("\n", 0, self._page)


def _attribute(element: "_Element", name: str) -> str:
    return attributes(element).get(name, "")


def _level(heading: "_Element") -> int:
    level = _attribute(heading, "outline-level")
    return min(max(int(level), 1), 6) if level.isdecimal() else 1


def _repeats(element: "_Element", name: str, most: int) -> int:
    count = _attribute(element, name)
    return min(int(count), most) if count.isdecimal() else 1


def _cells(row: "_Element") -> Sequence[str]:
    """The texts of a row's cells, empty ones at its end left out. A row that repeats is told once."""
    cells: list[str] = []
    empty = 0
    for element in row:
        if local_name(element) not in {"table-cell", "covered-table-cell"}:
            continue
        text = _attribute(element, "date-value")[:10] or one_line(_words(element))
        count = _repeats(element, "number-columns-repeated", _MOST_COLUMNS)
        if not text:
            empty += count
            continue
        cells.extend([""] * min(empty, _MOST_COLUMNS - len(cells)))
        cells.extend([text] * min(count, _MOST_COLUMNS - len(cells)))
        empty = 0
    return cells


def _words(element: "_Element") -> str:
    """The text of a paragraph or cell, with the spaces, tabs and line breaks that ODF spells as elements."""
    parts = [element.text or ""]
    for child in element:
        name = local_name(child)
        if name == "s":
            parts.append(" " * _repeats(child, "c", _MOST_SPACES))
        elif name == "tab":
            parts.append("\t")
        elif name == "line-break":
            parts.append("\n")
        elif name in {"p", "h"}:
            parts.append(_words(child) + "\n")
        elif name == "note-body":
            parts.append(f" ({one_line(_words(child))})")
        elif name and name not in _SILENT | {"note-citation"}:
            parts.append(_words(child))
        parts.append(child.tail or "")
    return "".join(parts)
