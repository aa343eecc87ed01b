"""Word documents through python-docx: paragraphs, headings and table rows in the order they stand."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from engine.library.loaders.contract import Block, Refused, Title
from engine.library.loaders.zip_limits import open_checked
from engine.library.values import FileState

if TYPE_CHECKING:
    from docx.table import Table
    from docx.text.paragraph import Paragraph

BODY = "word/document.xml"


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block | Title]:
    """The title, then a block a paragraph or table row. Raises Refused."""
    with open_checked(file) as archive:
        if BODY in archive.namelist() and archive.getinfo(BODY).file_size > 2 * text_limit:
            raise Refused(FileState.TOO_LARGE, "text_limit")
    import docx
    from docx.table import Table

    file.seek(0)
    try:
        document = docx.Document(file)
    except Exception as error:  # python-docx lets KeyError, ValueError, lxml's and zlib's errors through
        raise Refused(FileState.UNREADABLE, "broken") from error
    title = (document.core_properties.title or "").strip()
    if title:
        yield Title(title)
    for item in document.iter_inner_content():
        yield from _rows(item) if isinstance(item, Table) else _paragraph(item)


def _paragraph(paragraph: "Paragraph") -> Iterator[Block]:
    text = paragraph.text
    if text.strip():
        yield Block(text + "\n\n", _level(paragraph))


def _level(paragraph: "Paragraph") -> int:
    style = paragraph.style
    name = (style.name or "") if style is not None else ""
    if name == "Title":
        return 1
    word, _, number = name.partition(" ")
    return min(int(number), 6) if word == "Heading" and number.isdecimal() else 0


def _rows(table: "Table") -> Iterator[Block]:
    for row in table.rows:
        cells: list[str] = []
        seen: set[object] = set()
        for cell in row.cells:
            if cell._tc not in seen:  # noqa: SLF001 - a merged cell stands in `cells` once a column it spans
                seen.add(cell._tc)  # noqa: SLF001
                cells.append(" ".join(cell.text.split()))
        if any(cells):
            yield Block("\t".join(cells) + "\n")
    yield Block("\n")
