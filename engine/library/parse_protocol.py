"""What the parent and the parse worker say to each other. The worker's words are checked: it has read hostile files."""

from msgspec import Struct

from engine.library.loaders.contract import Block
from engine.library.values import FileState


class Parse(Struct, frozen=True, tag=True):
    """Read the document open at descriptor `file`, named with `suffix`; refuse more than `text_limit` bytes of text."""

    file: int
    suffix: str
    text_limit: int


class Blocks(Struct, frozen=True, tag=True):
    """The next blocks of its text."""

    blocks: list[Block]


class Pictured(Struct, frozen=True, tag=True):
    """Here, after the blocks so far, stands a page whose words are in a picture."""

    page: int | None


class Parsed(Struct, frozen=True, tag=True):
    """The last reply for a document whose text was sent."""

    title: str


class RefusedReply(Struct, frozen=True, tag=True):
    """The last reply for a document that ends in another state; what was sent of it before is void."""

    state: FileState
    reason: str


ParseReply = Blocks | Pictured | Parsed | RefusedReply
