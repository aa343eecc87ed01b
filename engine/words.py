"""Every text a person reads, by key, from resources/translations: one system for the window and the command line."""

import functools
import tomllib

import msgspec

from engine.errors import HearthsideError
from engine.paths import RESOURCES


class Explanation(msgspec.Struct, frozen=True):
    """What to tell a person of an error: what happened, what is safe, what to do."""

    title: str
    message: str
    hint: str


def say(key: str, **fields: object) -> str:
    """The text under `key` ("room.name"; the room is the file's name), with its {fields} filled in.

    Raises KeyError for a key that has no text: a defect, which tests find.
    """
    room, name = key.split(".", 1)
    text = _room(room)[name]
    if not isinstance(text, str):
        raise KeyError(key)
    return text.format(**fields)


def explain(error: HearthsideError) -> Explanation:
    """Title, message and hint for `error`, from errors.toml."""
    texts = _room("errors")[error.code]
    if not isinstance(texts, dict):
        raise KeyError(error.code)
    title, message, hint = (str(texts[part]).format(**error.fields) for part in ("title", "message", "hint"))
    return Explanation(title, message, hint)


@functools.cache
def _room(room: str, language: str = "en") -> dict[str, object]:
    return tomllib.loads((RESOURCES / "translations" / language / f"{room}.toml").read_text(encoding="utf-8"))
