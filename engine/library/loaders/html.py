"""HTML: what a reader would see, in reading order; scripts, styles and hidden heads left out, nothing fetched."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from engine.library.loaders.contract import Block, Refused, Title
from engine.library.loaders.encoding import encoding_of
from engine.library.values import FileState

if TYPE_CHECKING:
    from lxml.etree import _Element

_SILENT = frozenset({"script", "style", "noscript", "template", "head", "svg", "math", "iframe", "object", "select"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = (
    _HEADINGS
    | {"html", "body", "main", "header", "footer", "nav", "section", "article", "aside", "div", "address", "dialog"}
    | {"p", "pre", "blockquote", "hr", "figure", "figcaption", "details", "summary", "form", "fieldset"}
    | {"ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th"}
)
_CELLS = frozenset({"td", "th"})
_CHARSET = re.compile(rb"""<(?:meta[^>]+charset|\?xml[^>]+encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\n\r\f\v]+")


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block | Title]:  # noqa: ARG001 - the size was checked before
    """The title, then a block a paragraph, heading, list item or table row."""
    from lxml import etree, html

    file.seek(0)
    source = file.read()
    if not source.strip():
        return
    source = source.decode(_encoding(file, source), "replace").encode()  # libxml2 knows fewer encodings by name
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = html.document_fromstring(source, parser=parser)
    except etree.ParserError:
        return  # nothing but comments
    except etree.LxmlError as error:
        raise Refused(FileState.UNREADABLE, "broken") from error
    title = root.findtext(".//title")
    if title and title.strip():
        yield Title(_SPACES.sub(" ", title).strip())
    yield from _Reader().read(root)


def _encoding(file: BinaryIO, source: bytes) -> str:
    """The charset the page declares, when that is one we know and the bytes agree; else what the bytes look like."""
    found = encoding_of(file)
    declared = _CHARSET.search(source[:4096])
    if found not in {"cp1252", "latin-1"} or not declared:
        return found
    name = declared[1].decode("ascii")
    try:
        source.decode(name)
    except (LookupError, UnicodeDecodeError):
        return found
    return name


class _Reader:
    """Gathers inline text until a block begins or ends."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._level = 0
        self._preserved = 0

    def read(self, root: "_Element") -> Iterator[Block]:
        from lxml import etree

        walker = etree.iterwalk(root, events=("start", "end"))
        for event, element in walker:
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "start":
                if tag in _SILENT:
                    walker.skip_subtree()
                    continue
                yield from self._begin(tag)
                self._parts.append(element.text or "")
            else:
                if tag not in _SILENT:
                    yield from self._end(tag)
                self._parts.append(element.tail or "")
        yield from self._flush()

    def _begin(self, tag: str) -> Iterator[Block]:
        if tag == "br":
            self._parts.append("\n" if self._preserved else "\v")
        elif tag in _CELLS:
            self._parts.append("\t")
        elif tag in _BLOCKS:
            yield from self._flush()
            self._level = int(tag[1]) if tag in _HEADINGS else 0
            self._preserved += tag == "pre"

    def _end(self, tag: str) -> Iterator[Block]:
        if tag in _BLOCKS and tag not in _CELLS:
            yield from self._flush()
            self._level = 0
            self._preserved -= tag == "pre"

    def _flush(self) -> Iterator[Block]:
        text = "".join(self._parts)
        self._parts.clear()
        if not self._preserved:
            cells = [
                "\n".join(_SPACES.sub(" ", line).strip() for line in cell.split("\v")) for cell in text.split("\t")
            ]
            text = "\t".join(cell for cell in cells if cell.strip())
        if text.strip():
            yield Block(text.strip("\n") + "\n\n", self._level)
