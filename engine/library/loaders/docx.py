"""Word documents through python-docx: paragraphs, headings and table rows in the order they stand."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from engine.library.loaders.contract import Block, Title, damage_refused
from engine.library.loaders.zip_limits import check_text, open_checked

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph
    from lxml.etree import _Element

BODY = "word/document.xml"

_KINDS = (
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_WRAPPERS = frozenset({f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml", f"{_W}smartTag", f"{_W}ins"})


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block | Title]:
    """The title, then a block a paragraph or table row. Raises Refused."""
    with open_checked(file) as archive:
        check_text(archive, BODY, text_limit)
    file.seek(0)
    with damage_refused():
        document = _opened(file)
        title = (document.core_properties.title or "").strip()
        if title:
            yield Title(title)
        yield from _content(document.element.body, document)


def _opened(file: BinaryIO) -> "Document":
    """As docx.Document, which refuses templates and documents with macros for the name of their type alone."""
    from docx.opc.part import PartFactory
    from docx.package import Package
    from docx.parts.document import DocumentPart

    for kind in _KINDS:
        PartFactory.part_type_for[kind] = DocumentPart
    part: Any = Package.open(file).main_document_part
    return cast("Document", part.document)  # AttributeError for a part of another type


def _content(parent: "_Element", document: "Document") -> Iterator[Block]:
    """What stands in `parent`, also inside content controls, which python-docx itself passes over."""
    from docx.oxml.text.paragraph import CT_P
    from docx.text import paragraph as text

    for element in parent:
        if isinstance(element, CT_P):
            paragraph = text.Paragraph(element, document)
            if paragraph.text.strip():
                yield Block(paragraph.text + "\n\n", _level(paragraph))
        elif element.tag == f"{_W}tbl":
            yield from _rows(element, document)
        elif element.tag in _WRAPPERS:
            yield from _content(element, document)


def _level(paragraph: "Paragraph") -> int:
    style = paragraph.style
    name = (style.name or "") if style is not None else ""
    if name == "Title":
        return 1
    word, _, number = name.partition(" ")
    return min(int(number), 6) if word == "Heading" and number.isdecimal() else 0


def _rows(table: "_Element", document: "Document") -> Iterator[Block]:
    """A line a row, its cells parted by tabs; a table inside a cell follows as rows of its own."""
    for row in table.iter(f"{_W}tr"):
        cells = [" ".join(_words(cell, document)) for cell in row.iterchildren(f"{_W}tc")]
        if any(cells):
            yield Block("\t".join(cells) + "\n")
    yield Block("\n")


def _words(cell: "_Element", document: "Document") -> list[str]:
    from docx.oxml.text.paragraph import CT_P
    from docx.text import paragraph as text

    paragraphs = [
        text.Paragraph(element, document)
        for element in cell.iter(f"{_W}p")
        if isinstance(element, CT_P) and next(element.iterancestors(f"{_W}tc"), None) is cell
    ]
    return [word for paragraph in paragraphs for word in paragraph.text.split()]
