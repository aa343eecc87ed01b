"""What the parent and the worker that reads words in pictures say to each other."""

from msgspec import Struct

from engine.library.loaders.contract import Block


class Look(Struct, frozen=True, tag=True):
    """Read the words on a page of the document open at descriptor `file`; `page` as its loader gave it."""

    file: int
    page: int | None


class Seen(Struct, frozen=True, tag=True):
    """Its words, none where it shows none."""

    blocks: list[Block]
