"""The page worker's side: draws pages of PDFs nobody vouches for, in a process that reaches nothing.

A page comes with what is written on it and where each character stands. Drawing goes on in steps, so that a page nobody
waits for any more is given up at once, and takes at most MOST_PIXELS.
"""

import ctypes
import os
from collections.abc import Callable, Iterator
from math import isfinite, sqrt
from typing import Any, Final, NamedTuple

from msgspec import Struct

from engine.errors import HearthsideError
from engine.library.hidden_text import visible
from engine.library.loaders.contract import Refused
from engine.library.loaders.pdf import open_pdf
from engine.library.page_protocol import Draw, Drawn, NotDrawn, PageReply
from engine.library.values import Box, FileState, PagePicture
from engine.workers.service import Context

MOST_PIXELS: Final = 4_000_000  # 16 MB: taking more in would hold the window up
_WIDEST: Final = 30_000
_MOST_CHARACTERS: Final = 50_000  # of a page; what comes after them has no place on it
_LOOK_AFTER: Final = 500  # characters between two looks at whether the page is still wanted
_FINE: Final = 1 << 20  # PDFium tells places on a page in whole units of what we call its size
_CUT_WORD: Final = "\x02\ufffe"  # see the loader

ToPage = Callable[[float, float], tuple[float, float]]


class PageService:
    """Answers Draw with Drawn or NotDrawn. Keeps the document open from one page to the next."""

    requests = Draw

    def __init__(self) -> None:
        self._documents: dict[int, Any] = {}

    def handle(self, request: Struct, context: Context) -> Iterator[PageReply]:
        assert isinstance(request, Draw)
        try:
            yield Drawn(self._picture(request, context))
        except Refused as refused:
            yield NotDrawn(refused.reason)
        except HearthsideError:
            raise  # cancelled, not broken
        except MemoryError:
            yield NotDrawn("memory")
        except Exception:  # noqa: BLE001 - PDFium's wrapper met a file its authors did not foresee
            yield NotDrawn("broken")

    def _picture(self, request: Draw, context: Context) -> PagePicture:
        if request.file not in self._documents:
            document = open_pdf(os.fdopen(request.file, "rb", closefd=False))
            document.init_forms()
            self._documents[request.file] = document
        document = self._documents[request.file]
        if not 1 <= request.number <= len(document):
            raise Refused(FileState.UNREADABLE, "no_page")
        page = document[request.number - 1]
        try:
            frame = _frame(page, request.width, request.part)
            pixels = _pixels(document, page, frame, context)
            text, boxes = _characters(page, context)
        finally:
            page.close()
        return PagePicture(
            number=request.number,
            count=len(document),
            part=request.part,
            width=frame.width,
            height=frame.height,
            pixels=pixels,
            text=text,
            boxes=boxes,
        )


def service() -> PageService:
    return PageService()


class _Frame(NamedTuple):
    """The picture in pixels, and where in it the whole page begins and how large it is."""

    width: int
    height: int
    left: int
    top: int
    page_width: int
    page_height: int


def _frame(page: Any, wanted: int, part: Box) -> _Frame:
    """For a page `wanted` wide, or smaller of the same shape where the part of it would be too many pixels."""
    width = float(min(max(wanted, 1), _WIDEST))
    height = min(max(1.0, width * page.get_height() / page.get_width()), _WIDEST)
    wide, high = max(width * (part.right - part.left), 1.0), max(height * (part.bottom - part.top), 1.0)
    shrink = min(1.0, sqrt(MOST_PIXELS / (wide * high)))
    columns = min(max(1, int(wide * shrink)), MOST_PIXELS)
    return _Frame(
        width=columns,
        height=max(1, min(round(high * shrink), MOST_PIXELS // columns)),
        left=-round(part.left * width * shrink),
        top=-round(part.top * height * shrink),
        page_width=max(1, round(width * shrink)),
        page_height=max(1, round(height * shrink)),
    )


def _pixels(document: Any, page: Any, frame: _Frame, context: Context) -> bytes:
    """The page on white, as FPDF_BGRx."""
    from pypdfium2 import PdfBitmap, raw  # type: ignore[import-untyped]  # it has no stubs

    bitmap = PdfBitmap.new_native(frame.width, frame.height, raw.FPDFBitmap_BGRx)
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, frame.width, frame.height)
        pause = raw.IFSDK_PAUSE(version=1)
        stop = type(pause.NeedToPauseNow)(lambda _pause: context.cancelled)
        pause.NeedToPauseNow = stop
        place = (bitmap, page, frame.left, frame.top, frame.page_width, frame.page_height, 0, raw.FPDF_ANNOT)
        try:
            state = raw.FPDF_RenderPageBitmap_Start(*place, ctypes.byref(pause))
            while state == raw.FPDF_RENDER_TOBECONTINUED:
                context.checkpoint()
                state = raw.FPDF_RenderPage_Continue(page, ctypes.byref(pause))
        finally:
            raw.FPDF_RenderPage_Close(page)
        if state == raw.FPDF_RENDER_FAILED:
            raise Refused(FileState.UNREADABLE, "broken")
        if document.formenv:
            raw.FPDF_FFLDraw(document.formenv, *place)
        rows = memoryview(bitmap.buffer)
        wide = 4 * frame.width
        return b"".join(bytes(rows[row * bitmap.stride :][:wide]) for row in range(frame.height))
    finally:
        bitmap.close()


def _characters(page: Any, context: Context) -> tuple[str, list[Box | None]]:
    """What is written on the page, as the loader reads it but for the ends of lines, and a box a code point."""
    from pypdfium2 import raw

    to_page = _to_page(page)
    textpage = page.get_textpage()
    letters: list[str] = []
    boxes: list[Box | None] = []
    box = raw.FS_RECTF()
    cut = False
    try:
        for index in range(min(textpage.count_chars(), _MOST_CHARACTERS)):
            if index % _LOOK_AFTER == 0:
                context.checkpoint()
            letter = _letter(raw.FPDFText_GetUnicode(textpage, index))
            if letter in _CUT_WORD or (cut and letter in "\r\n"):
                cut = True
                continue
            cut = False
            seen = "" if letter == "\r" else visible(letter)
            if not seen:
                continue
            known = raw.FPDFText_GetLooseCharBox(textpage, index, box) and not letter.isspace()
            letters.append(seen)
            boxes.append(_box(to_page, box) if known else None)
    finally:
        textpage.close()
    return "".join(letters), boxes


def _letter(code: int) -> str:
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def _to_page(page: Any) -> ToPage:
    """From PDFium's coordinates to fractions of the page as it is drawn, turned and cropped."""
    from pypdfium2 import raw

    def told(x: float, y: float) -> tuple[float, float]:
        right, down = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page, 0, 0, _FINE, _FINE, 0, x, y, right, down)
        return right.value / _FINE, down.value / _FINE

    far = 1000.0
    (left, top), (left_x, top_x), (left_y, top_y) = told(0, 0), told(far, 0), told(0, far)

    def to_page(x: float, y: float) -> tuple[float, float]:
        return (
            left + (left_x - left) * x / far + (left_y - left) * y / far,
            top + (top_x - top) * x / far + (top_y - top) * y / far,
        )

    return to_page


def _box(to_page: ToPage, box: Any) -> Box | None:
    """The part of a character's box that is on the page."""
    one, other = to_page(box.left, box.bottom), to_page(box.right, box.top)
    if not all(map(isfinite, (*one, *other))):
        return None
    left, right = sorted(min(max(x, 0.0), 1.0) for x in (one[0], other[0]))
    top, bottom = sorted(min(max(y, 0.0), 1.0) for y in (one[1], other[1]))
    return Box(left, top, right, bottom) if right > left and bottom > top else None
