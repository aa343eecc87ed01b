"""Which stretch of a piece of code gets which colour. Pure, so that it can run on a lane; Pygments is loaded late."""

from typing import NamedTuple

_LONGEST = 60_000


class Span(NamedTuple):
    """A coloured stretch of one line, in UTF-16 units as Qt counts."""

    line: int
    start: int
    length: int
    colour: str
    bold: bool
    italic: bool


def colours(code: str, language: str, *, dark: bool) -> list[Span]:
    """The spans of `code`; none for a language nobody knows, or more text than is worth it."""
    from pygments.lexers import get_lexer_by_name
    from pygments.styles import get_style_by_name
    from pygments.util import ClassNotFound

    if not language or len(code) > _LONGEST:
        return []
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return []
    style = get_style_by_name("github-dark" if dark else "friendly")
    spans: list[Span] = []
    line = column = 0
    for kind, text in lexer.get_tokens(code):
        look = style.style_for_token(kind)
        for index, piece in enumerate(text.split("\n")):
            if index:
                line, column = line + 1, 0
            length = _units(piece)
            if look["color"] and length:
                spans.append(Span(line, column, length, f"#{look['color']}", look["bold"], look["italic"]))
            column += length
    return spans


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
