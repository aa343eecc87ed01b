"""Which language a text is in, and whether an answer came in one that nobody had spoken or asked for.

py3langid: naive Bayes over byte n-grams for 139 languages, its model inside the package. It opens no network; loaded at
the first use, for it takes half a second and about 75 MB.
"""

import functools
import re
import tomllib
from collections import defaultdict
from operator import itemgetter
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from engine.learning.curation.said import conversation, own_words
from engine.learning.values import Example
from engine.paths import RESOURCES

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]  # it has no types

LETTERS: Final = 40
"""With fewer the language of a text cannot be told."""

_TELLING: Final = 400  # characters that tell it
_SURE: Final = 0.9  # of 2,506 English questions and answers none is taken for another language at it, one at .8
_NO_LANGUAGE: Final = "zxx"
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)


class _Known(Struct, frozen=True, forbid_unknown_fields=True):
    """The file resources/reference/languages.toml, by codes of ISO 639."""

    translate: list[str]
    same: dict[str, str]
    names: dict[str, list[str]]


def is_foreign(example: Example) -> bool:
    """Whether the answer is surely in another language than its owner wrote in, and than all else before it.

    Many an owner asks in German beside English documents, or corrects an English draft of a translation: it is enough
    that one paragraph of theirs, one message or the draft looks to be in the answer's language, or that they named it.
    """
    answered = language(example.target)
    own = own_words(example.prompt)
    asked = language("\n".join(own)[-_TELLING:])
    if answered is None or asked is None or answered == asked or _is_named(answered, own):
        return False
    others = (message.content for message in conversation(example.prompt) if message.role == "assistant")
    return answered not in {_guess(text)[0] for text in (*own, *others, example.rejected)}


def language(text: str) -> str | None:
    """Its code where it can be told for sure."""
    prose = _CODE.sub(" ", text)
    if sum(map(str.isalpha, prose[:_TELLING])) < LETTERS:
        return None
    name, sure = _guess(prose)
    return name if sure >= _SURE and name != _NO_LANGUAGE else None


def drop_texts() -> None:
    """Keep at hand no text that was looked at so far."""
    _classified.cache_clear()


def _guess(text: str) -> tuple[str, float]:
    return _classified(text[:_TELLING])


@functools.lru_cache(maxsize=4096)
def _classified(text: str) -> tuple[str, float]:
    """The likeliest language and its probability, near relatives counted as one."""
    name, sure = _identifier().classify(text)
    if sure >= _SURE:
        return _known().same.get(name, name), float(sure)
    shares: defaultdict[str, float] = defaultdict(float)
    for name, share in _identifier().rank(text):
        shares[_known().same.get(name, name)] += share
    return max(shares.items(), key=itemgetter(1))


def _is_named(code: str, own: list[str]) -> bool:
    """Whether the owner asked for a translation, or named the language."""
    asked = "\n".join(own).casefold()
    return any(stem in asked for stem in (*_known().translate, *_known().names.get(code, [])))


@functools.cache
def _known() -> _Known:
    return msgspec.convert(
        tomllib.loads((RESOURCES / "reference" / "languages.toml").read_text(encoding="utf-8")), _Known
    )


@functools.cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
