"""What the parent and the page worker say to each other. The worker's words are checked: it has read hostile files."""

from msgspec import Struct

from engine.library.values import PagePicture


class Draw(Struct, frozen=True, tag=True):
    """Draw page `number` (1-based) of the PDF open at descriptor `file`, `width` pixels wide where that is bounded."""

    file: int
    number: int
    width: int


class Drawn(Struct, frozen=True, tag=True):
    """The page."""

    picture: PagePicture


class NotDrawn(Struct, frozen=True, tag=True):
    """`reason` is a key of translations/*/library.toml."""

    reason: str


PageReply = Drawn | NotDrawn
