"""Which encoding a text file is in: byte order marks, UTF-8, UTF-16 by its zero bytes, then the Windows code page."""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

from engine.library.loaders.contract import Refused
from engine.library.values import FileState

_SAMPLE = 1 << 16
_PIECE = 1 << 20

_MARKS = (  # UTF-32's mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TEXT_CONTROLS = frozenset(b"\t\n\v\f\r\x1b\x1a\b")


def encoding_of(file: BinaryIO) -> str:
    """The encoding of the whole of `file`. Raises Refused for content that is not text."""
    file.seek(0)
    sample = file.read(_SAMPLE)
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    wide = _wide_encoding(sample)
    if wide:
        return wide
    if not is_text(sample):
        raise Refused(FileState.UNSUPPORTED, "binary")
    if _is_utf8(file):
        return "utf-8"
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def is_text(start: bytes) -> bool:
    """Whether content that begins like this is text, in whatever encoding."""
    if start.startswith(tuple(mark for mark, _ in _MARKS)) or _wide_encoding(start):
        return True
    controls = sum(1 for byte in start if byte < 32 and byte not in _TEXT_CONTROLS)
    return b"\0" not in start and controls <= len(start) / 100


def decoded(file: BinaryIO, encoding: str) -> Iterator[str]:
    """The text of `file` in lines, line ends as newlines; what cannot be decoded becomes U+FFFD."""
    file.seek(0)
    with io.TextIOWrapper(
        io.BufferedReader(_Unclosed(file)), encoding=encoding, errors="replace", newline=None
    ) as text:
        while line := text.readline(_PIECE):
            yield line


class _Unclosed(io.RawIOBase):
    """Lends a file to a TextIOWrapper, which would close it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # typeshed's Buffer is 3.12's
        data = self._file.read(len(view))
        view[: len(data)] = data
        return len(data)


def _wide_encoding(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, told by where its zero bytes stand."""
    half = len(sample) // 2
    if half < 2 or not sample.count(0):
        return None
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    for name, many, few in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if many > 0.4 and few < 0.05:
            return name
    quarter = len(sample) // 4
    zeros = [sample[place::4].count(0) / max(quarter, 1) for place in range(4)]
    if zeros[3] == 1 and zeros[2] > 0.9 and zeros[0] < 0.05:
        return "utf-32-le"
    if zeros[0] == 1 and zeros[1] > 0.9 and zeros[3] < 0.05:
        return "utf-32-be"
    return None


def _is_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while data := file.read(_PIECE):
            decoder.decode(data)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
