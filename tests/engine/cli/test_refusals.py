"""What the command line refuses, and in which words: options out of bounds, locks not named, idle verbs."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main

pytestmark = pytest.mark.model


@pytest.fixture
def refused(key: Path, capsys: pytest.CaptureFixture[str]):
    """Run a command that fails: its exit code and its error."""

    def run(*arguments: str, key: Path | None = key) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        shared = ["--json"] if key is None else ["--json", "--key-file", str(key)]
        code = main([*arguments, *shared])
        return code, json.loads(capsys.readouterr().out)["error"]

    return run


def test_a_value_out_of_bounds_is_told_with_its_option(refused) -> None:
    code, error = refused("search", "boiler", "-k", "0")
    assert (code, error["code"]) == (2, "usage")
    assert "'-k'" in error["message"]
    code, error = refused("rate", "turn", "sideways")
    assert code == 2
    assert error["message"] == "Invalid value for 'rating': 'sideways' is not one of 'up', 'down', 'none', 'prefer'."


def test_an_option_without_its_value_is_refused(refused) -> None:
    for arguments in (["--profile", ""], ["--profile="], ["--key-file="]):
        code, error = refused("doctor", *arguments)
        assert (code, error["code"]) == (2, "usage"), arguments


def test_help_names_the_options_that_every_verb_takes(key, capsys) -> None:
    capsys.readouterr()
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(option in told for option in ("--profile", "--key-file", "--json"))


def test_a_key_file_that_was_not_named_is_asked_for_as_one(refused) -> None:
    code, error = refused("library", "list", key=None)
    assert (code, error["code"]) == (3, "key_file_needed")
    assert "--key-file" in error["hint"]


def test_a_profile_named_by_a_relative_folder_is_told_with_its_whole_path(key, tmp_path, capsys) -> None:
    capsys.readouterr()
    assert main(["init", "--profile", "./mine", "--key-file", str(key), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["profile"] == str(tmp_path / "mine")


def test_a_chat_is_no_json_and_wants_a_thread_that_is_there(refused, key, capsys) -> None:
    assert refused("chat")[0] == 2
    assert main(["chat", "--thread", "gone", "--key-file", str(key)]) == 4
    assert "gone" in capsys.readouterr().err


@pytest.mark.parametrize("named", [[], ["--turn", "a", "--thread", "b"], ["--folder", ".", "--everything"]])
def test_one_thing_is_forgotten_at_a_time(refused, named: list[str]) -> None:
    assert refused("learn", "forget", *named)[0] == 2


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (["learn", "forget", "--turn", "gone"], "turn_absent"),
        (["learn", "forget", "--turn", "gone", "--dry-run"], "turn_absent"),
        (["learn", "forget", "--thread", "gone"], "thread_absent"),
        (["learn", "forget", "--feedback", "gone"], "feedback_absent"),
        (["learn", "forget", "--folder", "gone"], "root_absent"),
        (["library", "remove", "gone"], "root_absent"),
    ],
)
def test_what_is_not_there_is_neither_forgotten_nor_removed(refused, arguments: list[str], refusal: str) -> None:
    code, error = refused(*arguments)
    assert (code, error["code"]) == (4, refusal)
    assert "gone" in error["message"]


def test_other_retrieval_settings_are_not_tried_while_learning_is_off(refused, key, capsys) -> None:
    code, error = refused("learn", "retrieval", "--try", ".2")
    assert (code, error["code"]) == (4, "learning_off")
    assert main(["learn", "on", "--yes", "--key-file", str(key)]) == 0
    capsys.readouterr()
    assert main(["learn", "retrieval", "--json", "--key-file", str(key)]) == 0
    assert json.loads(capsys.readouterr().out)["share"] == 0, "what was refused is not kept either"


def test_queries_that_are_not_there_are_told_once(refused, tmp_path) -> None:
    code, error = refused("search", "--queries", str(tmp_path / "none.jsonl"))
    assert (code, error["code"]) == (4, "queries_unreadable")
    assert error["message"].count("none.jsonl") == 1
