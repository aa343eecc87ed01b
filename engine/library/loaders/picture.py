"""Pictures through Pillow: no text of their own; each of their pages is to be read by OCR."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from engine.library.loaders.contract import Picture, Refused
from engine.library.values import FileState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP")
_MOST_PIXELS = 100_000_000
_PAGED = "TIFF"  # in the others, further frames are an animation
LONG_SIDE = 2000
"""Pixels. A page of A4 then has 170 to the inch: small print can be read, and more costs time and gains nothing."""


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Picture]:  # noqa: ARG001 - it has no text yet
    """A Picture for each page of a TIFF, one without a page for the rest. Raises Refused."""
    with _opened(file) as image:
        pages = getattr(image, "n_frames", 1) if image.format == _PAGED else 1
    for number in range(pages):
        yield Picture(number + 1 if pages > 1 else None)


def drawn(file: BinaryIO, page: int | None) -> "NDArray[np.uint8]":
    """(height, width, 3) pixels, red first, upright, on white, the long side at most LONG_SIDE. Raises Refused."""
    import numpy as np
    from PIL import Image, ImageOps

    with _opened(file) as image:
        try:
            image.seek((page or 1) - 1)
            image.draft("RGB", (LONG_SIDE, LONG_SIDE))  # JPEG can be decoded smaller
            upright = ImageOps.exif_transpose(image).convert("RGBA")
        except (EOFError, OSError, SyntaxError, ValueError) as error:
            raise Refused(FileState.UNREADABLE, "broken") from error
    upright.thumbnail((LONG_SIDE, LONG_SIDE))
    page_of_paper = Image.new("RGBA", upright.size, "white")
    return np.asarray(Image.alpha_composite(page_of_paper, upright).convert("RGB"))


def _opened(file: BinaryIO) -> "Image.Image":
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # we count them ourselves, and refuse rather than warn
    file.seek(0)
    try:
        image = Image.open(file, formats=_FORMATS)
    except (OSError, SyntaxError, ValueError) as error:
        raise Refused(FileState.UNREADABLE, "broken") from error
    if image.width * image.height > _MOST_PIXELS:
        image.close()
        raise Refused(FileState.TOO_LARGE, "picture_size")
    return image
