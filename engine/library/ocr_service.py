"""The OCR worker's side: draws one page of a document nobody vouches for, and reads the words in it with RapidOCR."""

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from engine.library.hidden_text import visible
from engine.library.loaders import pdf, picture
from engine.library.loaders.contract import Block
from engine.library.ocr_protocol import Look, Seen
from engine.workers.service import Context

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_THREADS = 4
_SETTINGS = {
    "Global.use_cls": False,  # lines upside down are not looked for: a page is upright
    "Global.log_level": "error",
    "Det.limit_type": "max",
    "Det.limit_side_len": 1280,  # pixels: where lines stand is seen in less than what reading them takes
    "Rec.rec_batch_num": 1,  # lines at once; more takes as long and 300 MB more
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


class OcrService:
    requests: Any = Look

    def __init__(self) -> None:
        self._reader: Any = None

    def handle(self, request: Look, context: Context) -> Iterator[Struct]:
        with os.fdopen(request.file, "rb", closefd=False) as file:
            file.seek(0)
            is_pdf = b"%PDF-" in file.read(1024)
            pixels = (pdf if is_pdf else picture).drawn(file, request.page)
        context.checkpoint()
        if self._reader is None:
            self._reader = _reader()
        found = self._reader(pixels[:, :, ::-1].copy())  # blue first, as it expects
        text = "\n".join(lines([] if found.boxes is None else found.boxes, found.txts or ()))
        yield Seen([Block(visible(text) + "\n\n", 0, request.page, ocr=True)] if text.strip() else [])


def service() -> OcrService:
    return OcrService()


def lines(boxes: "Sequence[NDArray[np.float32]]", texts: Sequence[str]) -> list[str]:
    """The texts as lines from top to bottom, those that stand beside each other joined from left to right.

    A box is four (x, y) corners.
    """
    found: list[tuple[float, float, list[tuple[float, str]]]] = []  # middle, height, parts
    for box, text in sorted(zip(boxes, texts, strict=True), key=lambda pair: float(pair[0][:, 1].mean())):
        top, bottom = float(box[:, 1].min()), float(box[:, 1].max())
        middle, height = (top + bottom) / 2, bottom - top
        left = float(box[:, 0].min())
        if found and abs(middle - found[-1][0]) < min(height, found[-1][1]) / 2:
            found[-1][2].append((left, text))
        else:
            found.append((middle, height, [(left, text)]))
    return [" ".join(text for _, text in sorted(parts)) for _, _, parts in found]


def _reader() -> Any:
    import socket

    socket.has_ipv6 = (
        False  # or what RapidOCR imports to fetch models, which it never does here, tries a socket of IPv6
    )
    from rapidocr import RapidOCR

    threads = min(os.cpu_count() or 1, _MOST_THREADS)
    return RapidOCR(params={**_SETTINGS, "EngineConfig.onnxruntime.intra_op_num_threads": threads})
