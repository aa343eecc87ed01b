"""What the finder of names and its worker say to each other."""

from msgspec import Struct


class Load(Struct, frozen=True, tag=True):
    """Open these files; asked once of each process. For `labels` see engine.models.recipes.NamesRecipe."""

    model_path: str
    tokenizer_path: str
    labels: list[str]


class Loaded(Struct, frozen=True, tag=True):
    pass


class Look(Struct, frozen=True, tag=True):
    texts: list[str]


class Seen(Struct, frozen=True, tag=True):
    """Start, end and kind of what stands in each text, in order."""

    spans: list[list[tuple[int, int, str]]]


NamesRequest = Load | Look
NamesReply = Loaded | Seen
