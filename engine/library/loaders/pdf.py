"""PDF through PDFium: a block a page, pages 1-based; a page without text that shows something is a picture."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.library.loaders.contract import Block, Picture, Refused, Title
from engine.library.loaders.picture import LONG_SIDE
from engine.library.values import FileState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LINE_END = re.compile(r"\r\n?")
_CUT_WORD = re.compile("[\ufffe\x02]\r?\n?")  # PDFium's mark for a hyphen that only the line's end asked for


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block | Picture | Title]:  # noqa: ARG001 - a page at a time
    """The document's own title, then a block or a picture a page. Raises Refused for locked and broken."""
    from pypdfium2 import PdfiumError  # type: ignore[import-untyped]  # it has no stubs

    with open_pdf(file) as document:
        title = document.get_metadata_value("Title").strip()
        if title:
            yield Title(title)
        failed = 0
        for number in range(len(document)):
            try:
                text, shows = _page_text(document, number)
            except PdfiumError:
                failed += 1  # one broken page does not take the others with it
                continue
            if text.strip():
                yield Block(text.rstrip() + "\n\n", page=number + 1)
            elif shows:
                yield Picture(number + 1)
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


def drawn(file: BinaryIO, number: int | None) -> "NDArray[np.uint8]":
    """Page `number` as (height, width, 3) pixels, red first, the long side LONG_SIDE."""
    with open_pdf(file) as document:
        page = document[(number or 1) - 1]
        try:
            bitmap = page.render(scale=LONG_SIDE / max(page.get_size()), rev_byteorder=True)
            pixels: NDArray[np.uint8] = bitmap.to_numpy()[:, :, :3].copy()
        finally:
            page.close()
    return pixels


def _page_text(document: Any, number: int) -> tuple[str, bool]:
    """The page's text, and whether the page shows anything at all."""
    page = document[number]
    try:
        textpage = page.get_textpage()
        try:
            text = str(textpage.get_text_range())
        finally:
            textpage.close()
        shows = bool(text.strip()) or next(page.get_objects(max_depth=1), None) is not None
    finally:
        page.close()
    return _LINE_END.sub("\n", _CUT_WORD.sub("", text)), shows
