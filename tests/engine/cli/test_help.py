"""Help as an answer: a group named without a verb says what it has, and a program is told that one is missing."""

import json
from typing import Any

import pytest
import typer

from engine.cli import main
from engine.cli.main import app


def groups(command: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The whole command, and every group of verbs in it."""
    inner = getattr(command, "commands", None)
    return [] if inner is None else [path, *(one for name in inner for one in groups(inner[name], (*path, name)))]


GROUPS = groups(typer.main.get_command(app))


def test_the_groups_are_found() -> None:
    assert {(), ("learn",), ("learn", "words"), ("profiles",)} <= set(GROUPS)


@pytest.mark.parametrize("group", GROUPS, ids=" ".join)
def test_a_group_without_a_verb_answers_with_its_help(group: tuple[str, ...], capsys) -> None:
    assert main([*group, "--help"]) == 0
    asked = capsys.readouterr().out
    assert main([*group]) == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == (asked, "")
    assert "Commands:" in asked


@pytest.mark.parametrize("group", GROUPS, ids=" ".join)
def test_to_a_program_it_is_an_error(group: tuple[str, ...], capsys) -> None:
    assert main([*group, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "usage"
