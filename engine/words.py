"""Every text a person reads, by key, from resources/translations: one system for the window and the command line.

`{name}` in a text is a field; `{name:|form|form}` is a word in the form that the field's number asks for: the first for
one, the second for any other, as in "{items} {items:|item|items}".
"""

import functools
import string
import tomllib
from collections.abc import Mapping

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
    return filled(text, fields)


def filled(text: str, fields: Mapping[str, object]) -> str:
    """A text with its fields and forms written out."""
    return _FORMS.vformat(text, (), fields)


def explain(error: HearthsideError) -> Explanation:
    """Title, message and hint for `error`, from errors.toml."""
    texts = _room("errors")[error.code]
    if not isinstance(texts, dict):
        raise KeyError(error.code)
    title, message, hint = (filled(str(texts[part]), error.fields) for part in ("title", "message", "hint"))
    return Explanation(title, message, hint)


class _Forms(string.Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        if not format_spec.startswith("|"):
            return str(super().format_field(value, format_spec))
        _, one, many = format_spec.split("|")
        return one if value == 1 else many


_FORMS = _Forms()


@functools.cache
def _room(room: str, language: str = "en") -> dict[str, object]:
    return tomllib.loads((RESOURCES / "translations" / language / f"{room}.toml").read_text(encoding="utf-8"))
