"""The models Hearthside knows by name, as resources/models.toml declares them."""

import functools
import tomllib

import msgspec

from engine.paths import RESOURCES


class Asset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file a model is made of, its SHA-256, and the member of a wheel it is taken from."""

    name: str
    sha256: str
    wheel: str
    member: str


class LanguageRecipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A language model that is known: what its file must be, and the format that serves it."""

    title: str
    licence: str
    context_tokens: int
    template_sha256: str
    serving_format: str
    file: Asset


class OnnxRecipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A BERT that is known, as an ONNX file and its tokenizer. `heads`: of its attention."""

    licence: str
    context_tokens: int
    heads: int
    quantization: str
    model: Asset
    tokenizer: Asset


class EmbedderRecipe(OnnxRecipe, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sentence embedder that is known."""

    dimension: int


class NamesRecipe(OnnxRecipe, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tagger of names that is known. Its classes are: nothing, then the beginning and the inside of each of
    `labels`."""

    labels: list[str]


class Recipes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them, by name."""

    language: dict[str, LanguageRecipe]
    embedder: dict[str, EmbedderRecipe]
    names: dict[str, NamesRecipe] = msgspec.field(default_factory=dict)

    @property
    def onnx(self) -> dict[str, EmbedderRecipe | NamesRecipe]:
        return {**self.embedder, **self.names}


@functools.cache
def known_models() -> Recipes:
    declared = tomllib.loads((RESOURCES / "models.toml").read_text(encoding="utf-8"))
    return msgspec.convert(declared, Recipes)
