"""What the parent and the page worker say to each other. The worker's words are checked: it has read hostile files."""

from msgspec import Struct

from engine.library.values import WHOLE_PAGE, Box, PagePicture


class Draw(Struct, frozen=True, tag=True):
    """Draw a part of page `number` (1-based) of the PDF open at descriptor `file`, as it is where the whole page is
    `width` pixels wide; smaller where that would be too many pixels."""

    file: int
    number: int
    width: int
    part: Box = WHOLE_PAGE


class Drawn(Struct, frozen=True, tag=True):
    """The page."""

    picture: PagePicture


class NotDrawn(Struct, frozen=True, tag=True):
    """`reason` is a key of translations/*/library.toml."""

    reason: str


PageReply = Drawn | NotDrawn
