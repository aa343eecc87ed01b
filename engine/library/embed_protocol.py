"""What the library and the embed worker say to each other."""

from msgspec import Struct


class Load(Struct, frozen=True, tag=True):
    """Open these files; asked once of each process. `threads` 0 means by the machine."""

    model_path: str
    tokenizer_path: str
    context_tokens: int
    threads: int


class Loaded(Struct, frozen=True, tag=True):
    dimension: int


class Embed(Struct, frozen=True, tag=True):
    texts: list[str]


class Embedded(Struct, frozen=True, tag=True):
    """float32 rows of length 1, one a text, in order."""

    vectors: bytes


class Length(Struct, frozen=True, tag=True):
    texts: list[str]


class Lengths(Struct, frozen=True, tag=True):
    """Tokens of each text, without the marks around it."""

    tokens: list[int]


EmbedRequest = Load | Embed | Length
EmbedReply = Loaded | Embedded | Lengths
