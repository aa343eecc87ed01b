"""README.md's table of the command line: a row for every verb, and every option of the verb in it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from engine.cli.main import app

README = Path(__file__).parents[3] / "README.md"
COMMON = {"--help", "--no-search"}


def verbs(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, one in inner.items():
        yield from verbs(one, (*path, name))


def rows() -> list[str]:
    """The first cell of each row."""
    table = README.read_text(encoding="utf-8").split("| verb | what it does | JSON |")[1].split("\n\n")[0]
    return [re.split(r"(?<!\\)\|", line)[1].strip(" `") for line in table.splitlines() if line.startswith("| `")]


def row_of(path: tuple[str, ...]) -> str:
    """All rows that name the verb: of a group's verbs those after the first stand behind a bar."""
    *group, verb = path
    start = " ".join(group)
    named = [row for row in rows() if row.startswith(start) and re.search(rf"(^|[ |]){verb}( |$)", row[len(start) :])]
    return " ".join(named)


def test_every_verb_has_its_row_with_its_options() -> None:
    missing = []
    for path, command in verbs(typer.main.get_command(app)):
        row = row_of(path)
        wanted = {option for one in command.params for option in one.opts if option.startswith("-")} - COMMON
        missing += [" ".join(path)] if not row else [f"{' '.join(path)} {name}" for name in wanted if name not in row]
    assert missing == []
