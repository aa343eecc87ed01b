"""Cuts a document's text into chunks: by pages and headings, then paragraphs, then sentences.

Chunks tile the text: each begins where the one before it ended, so that joining them gives the text back and it need
not be kept a second time. Lengths are counted in the embedder's own tokens.
"""

import itertools
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum

from msgspec import Struct

from engine.library.extracted import Extracted

CHUNK_TOKENS = 200
_SMALL_SECTION = 50  # tokens; a smaller one goes on into the next rather than stand alone
_LONGEST_PIECE = 400  # characters without a sentence's end, then cut between words

CountTokens = Callable[[Sequence[str]], list[int]]

_PARAGRAPH_END = re.compile(r"\n[ \t]*\n\s*")
_SENTENCE_END = re.compile(
    r"[.!?…]+[\"'”’)\]]*\s+"  # noqa: RUF001 - closing quotes as people type them
    r"|[。！？]+[」』”’]*\s*"  # noqa: RUF001
    r"|\n\s*(?=[-*•–\d]+[.)]?\s)"  # noqa: RUF001 - before a list item
    r"|\n(?=[^\n]*\t)"  # before a table's row
)
_WORD_END = re.compile(r"\s+")


class Chunk(Struct, frozen=True):
    """Code points `start`:`end` of the text, which are `text`; `heading` is the title and headings it stands under;
    `ocr`: it was read from a picture."""

    start: int
    end: int
    text: str
    heading: str
    page: int | None
    ocr: bool = False


class _Opens(IntEnum):
    """What a piece is the first of."""

    SENTENCE = 0
    PARAGRAPH = 1
    SECTION = 2
    PAGE = 3


class _Piece(Struct):
    """What is never cut again."""

    start: int
    end: int
    opens: _Opens
    tokens: int = 0


def cut(document: Extracted, count: CountTokens, *, most: int = CHUNK_TOKENS) -> list[Chunk]:
    """Chunks of at most `most` tokens, in order, that together are `document.text`; none when that has no words."""
    pieces = _counted(document.text, list(_pieces(document)), count, most)
    where = _Where(document)
    return [
        Chunk(start, end, document.text[start:end], where.heading(start), *where.page(start))
        for start, end in _packed(pieces, most)
    ]


def _pieces(document: Extracted) -> Iterator[_Piece]:
    walls = {0: _Opens.PARAGRAPH}
    walls.update((heading.start, _Opens.SECTION) for heading in document.headings)
    walls.update((page.start, _Opens.PAGE) for page in document.pages)
    starts = sorted(walls)
    text = document.text
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        opens = walls[start]
        for paragraph in _spans(text, start, end, _PARAGRAPH_END):
            for sentence in _spans(text, *paragraph, _SENTENCE_END):
                for first, last in _short(text, *sentence):
                    yield _Piece(first, last, opens)
                    opens = _Opens.SENTENCE
            opens = _Opens.PARAGRAPH


def _spans(text: str, start: int, end: int, boundary: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """start:end in consecutive spans that each end after a boundary."""
    for found in boundary.finditer(text, start, end):
        if found.end() > start:
            yield start, found.end()
            start = found.end()
    if start < end:
        yield start, end


def _short(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """start:end in spans of at most _LONGEST_PIECE characters, cut between words where there are any."""
    while end - start > _LONGEST_PIECE:
        place = _between_words(text, start, start + _LONGEST_PIECE)
        yield start, place
        start = place
    if start < end:
        yield start, end


def _between_words(text: str, start: int, end: int) -> int:
    """The last beginning of a word in the second half of start:end; its end when there is none."""
    spaces = [space.end() for space in _WORD_END.finditer(text, (start + end) // 2, end)]
    return spaces[-1] if spaces else end


def _counted(text: str, pieces: list[_Piece], count: CountTokens, most: int) -> list[_Piece]:
    """The pieces with their tokens, halved where one alone is more than a chunk holds."""
    for piece, tokens in zip(pieces, count([text[piece.start : piece.end] for piece in pieces]), strict=True):
        piece.tokens = tokens
    if all(piece.tokens <= most or piece.end - piece.start == 1 for piece in pieces):
        return pieces
    halved: list[_Piece] = []
    for piece in pieces:
        middle = _between_words(text, piece.start, (piece.start + piece.end) // 2)
        if piece.tokens <= most or middle == piece.start:
            halved.append(piece)
        else:
            halves = [_Piece(piece.start, middle, piece.opens), _Piece(middle, piece.end, _Opens.SENTENCE)]
            halved.extend(_counted(text, halves, count, most))
    return halved


def _packed(pieces: Sequence[_Piece], most: int) -> Iterator[tuple[int, int]]:
    """Spans of whole pieces, each as full as its paragraphs allow without a needless cut."""
    start = size = end = 0
    for place, piece in enumerate(pieces):
        if size and _closes(size, pieces, place, most):
            yield start, end
            start, size = end, 0
        size += piece.tokens
        end = piece.end
    if size:
        yield start, end


def _closes(size: int, pieces: Sequence[_Piece], place: int, most: int) -> bool:
    """Whether a chunk of `size` tokens ends before the piece at `place`."""
    piece = pieces[place]
    if size + piece.tokens > most or piece.opens is _Opens.PAGE:
        return True
    if piece.opens is _Opens.SECTION and size >= _SMALL_SECTION:
        return True
    return piece.opens is not _Opens.SENTENCE and size >= most / 2 and size + _paragraph(pieces, place, most) > most


def _paragraph(pieces: Sequence[_Piece], place: int, most: int) -> int:
    """Tokens of the paragraph that begins at `place`, counted no further than `most`."""
    tokens = pieces[place].tokens
    for piece in itertools.islice(pieces, place + 1, None):
        if piece.opens is not _Opens.SENTENCE or tokens > most:
            break
        tokens += piece.tokens
    return tokens


class _Where:
    """Page and heading path of a place in a document."""

    def __init__(self, document: Extracted) -> None:
        self._page_starts = [page.start for page in document.pages]
        self._pages = document.pages
        self._title = document.title
        self._heading_starts = [heading.start for heading in document.headings]
        self._paths: list[list[str]] = []
        open_now: list[tuple[int, str]] = []
        for heading in document.headings:
            while open_now and open_now[-1][0] >= heading.level:
                open_now.pop()
            open_now.append((heading.level, heading.text))
            self._paths.append([text for _, text in open_now])

    def page(self, start: int) -> tuple[int | None, bool]:
        """Its number, and whether it was read from a picture."""
        place = bisect_right(self._page_starts, start) - 1
        return (self._pages[place].number, self._pages[place].ocr) if place >= 0 else (None, False)

    def heading(self, start: int) -> str:
        """The title and the headings above `start`; one that begins there is in the chunk's own text already."""
        place = bisect_right(self._heading_starts, start) - 1
        path = self._paths[place] if place >= 0 else []
        if place >= 0 and self._heading_starts[place] == start:
            path = path[:-1]
        title = [] if self._title in {"", *path[:1]} else [self._title]
        return " › ".join([*title, *path])  # noqa: RUF001
