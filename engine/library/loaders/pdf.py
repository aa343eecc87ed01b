"""PDF through PDFium: a block a page, pages 1-based."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from engine.library.loaders.contract import Block, Refused, Title
from engine.library.values import FileState

_LINE_END = re.compile(r"\r\n?")
_CUT_WORD = re.compile("[\ufffe\x02]\r?\n?")  # PDFium's mark for a hyphen that only the line's end asked for


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block | Title]:  # noqa: ARG001 - a page at a time
    """The document's own title, then a block a page that has text. Raises Refused for locked, broken and scanned."""
    from pypdfium2 import PdfiumError  # type: ignore[import-untyped]  # it has no stubs

    with open_pdf(file) as document:
        title = document.get_metadata_value("Title").strip()
        if title:
            yield Title(title)
        failed = 0
        for number in range(len(document)):
            try:
                text = _page_text(document, number)
            except PdfiumError:
                failed += 1  # one broken page does not take the others with it
                continue
            if text.strip():
                yield Block(text.rstrip() + "\n\n", page=number + 1)
        if failed and failed == len(document):
            raise Refused(FileState.UNREADABLE, "broken")


def open_pdf(file: BinaryIO) -> Any:
    """The document as PDFium's. Raises Refused for locked and broken."""
    import pypdfium2
    from pypdfium2 import PdfiumError, raw

    file.seek(0)
    try:
        return pypdfium2.PdfDocument(file)
    except PdfiumError as error:
        locked = getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD
        state, reason = (FileState.ENCRYPTED, "password") if locked else (FileState.UNREADABLE, "broken")
        raise Refused(state, reason) from error


def _page_text(document: Any, number: int) -> str:
    page = document[number]
    try:
        textpage = page.get_textpage()
        try:
            text = textpage.get_text_range()
        finally:
            textpage.close()
    finally:
        page.close()
    return _LINE_END.sub("\n", _CUT_WORD.sub("", str(text)))
