"""Every error and every text the source names has its words, and the words ask only for fields that are given."""

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import errors, words
from engine.paths import RESOURCES

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("engine/**/*.py"), *ROOT.glob("app/**/*.py")])
TEXTS = RESOURCES / "translations" / "en"
ERRORS = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}


def calls(names: set[str]) -> Iterator[tuple[Path, ast.Call, str]]:
    """Every call of one of `names` with a literal first argument."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if called in names and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield path, node, first.value


def placeholders(text: str) -> set[str]:
    return {name.split(".")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


def given(call: ast.Call) -> set[str] | None:
    """The fields a call names; None when it spreads a mapping and cannot be told."""
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    return {keyword.arg for keyword in call.keywords if keyword.arg}


def test_every_error_raised_has_words_for_a_person():
    texts = tomllib.loads((TEXTS / "errors.toml").read_text(encoding="utf-8"))
    faults = []
    for path, call, code in calls(ERRORS):
        entry = texts.get(code)
        if not isinstance(entry, dict) or set(entry) != {"title", "message", "hint"}:
            faults.append(f"{path.name}:{call.lineno} {code} has no title, message and hint")
            continue
        fields = given(call)
        asked = set().union(*(placeholders(text) for text in entry.values()))
        if fields is not None and not asked <= fields:
            faults.append(f"{path.name}:{call.lineno} {code} is not given {sorted(asked - fields)}")
    assert not faults, "\n".join(faults)


def test_every_text_named_exists_and_gets_its_fields():
    faults = []
    for path, call, key in calls({"say"}):
        try:
            room, name = key.split(".", 1)
            text = tomllib.loads((TEXTS / f"{room}.toml").read_text(encoding="utf-8"))[name]
        except (KeyError, ValueError, FileNotFoundError):
            faults.append(f"{path.name}:{call.lineno} {key} has no text")
            continue
        fields = given(call)
        if fields is not None and not placeholders(text) <= fields:
            faults.append(f"{path.name}:{call.lineno} {key} is not given {sorted(placeholders(text) - fields)}")
    assert not faults, "\n".join(faults)


def test_every_line_of_the_audit_trail_has_words_and_gets_its_fields():
    texts = tomllib.loads((TEXTS / "privacy.toml").read_text(encoding="utf-8"))
    lines = list(recorded())
    assert len(lines) > 10
    faults = [
        f"{action} {fields}"
        for action, fields in lines
        if f"audit_{action}" not in texts or not placeholders(texts[f"audit_{action}"]) <= fields
    ]
    assert not faults


def recorded() -> Iterator[tuple[str, set[str]]]:
    """The actions the source writes down, and their fields: the second argument of every call of `record`."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "record":
                named = [part for argument in node.args[1:2] for part in ast.walk(argument)]
                actions = [part.value for part in named if isinstance(part, ast.Constant)]
                yield from ((action, given(node) or set()) for action in actions)


def test_the_scan_sees_the_source():
    assert len(list(calls(ERRORS))) > 10
    assert len(list(calls({"say"}))) > 10


def test_an_error_is_explained_in_words():
    explained = words.explain(errors.InputRefused("settings_invalid", path="/x", reason="too big"))
    assert "/x" in explained.message
    assert "too big" in explained.message


def test_an_unknown_text_is_a_defect():
    with pytest.raises(KeyError):
        words.say("cli.nothing_by_this_name")


MANY = re.compile(
    r"(?<![\d.,=])1 (?:(?:more|of|1|[a-z]+ed|[a-z]+er|[a-z]+l|[a-z]+less) )*([a-z]+s|are|were|them)\b(?! a second|/s)"
)
"""One, perhaps of a number or told apart from others, and then many of it, or a word that goes with many."""

GOES_WITH_ONE = {
    "is",
    "was",
    "has",
    "does",
    "s",
    "ms",
    "holds",
    "carries",
    "needs",
    "opens",
    "differs",
    "rests",
    "process",
    "harmless",
    "its",
}
NO_COUNT = {"adapter": "it", "path": "a path"} | dict.fromkeys(("limit", "needed", "floor"), 10)


def texts() -> Iterator[tuple[str, str]]:
    """Every text there is, with where it stands."""
    for path in sorted(TEXTS.glob("*.toml")):
        for key, value in tomllib.loads(path.read_text(encoding="utf-8")).items():
            parts = value if isinstance(value, dict) else {"": value}
            yield from ((f"{path.stem}.{key} {part}", str(text)) for part, text in parts.items())


def test_one_is_never_told_as_many():
    told = {key: words.filled(text, dict.fromkeys(placeholders(text), 1) | NO_COUNT) for key, text in texts()}
    slips = [f"{key}: {text}" for key, text in told.items() if set(MANY.findall(text)) - GOES_WITH_ONE]
    assert not slips, "\n".join(slips)
    assert MANY.findall("Of 1 rated answers 1 of 1 are liked.") == ["answers", "are"]


def test_a_word_takes_the_form_of_its_number():
    said = [words.filled("{items} {items:|item|items}", {"items": count}) for count in (0, 1, 2)]
    assert said == ["0 items", "1 item", "2 items"]
    assert words.say("cli.forgotten", items=1, adapters=0) == "Forgotten: 1 item; adapters destroyed: 0."
