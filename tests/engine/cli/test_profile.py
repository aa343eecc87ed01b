"""A profile by the command line: made whole or not at all, agreed to again, reported once, erased by its name."""

import io
import json
from pathlib import Path

import pytest

from engine.cli import main
from engine.paths import default_profile
from engine.privacy import consent
from engine.words import say

pytestmark = pytest.mark.model


def test_a_profile_that_could_not_be_made_leaves_no_folder(
    tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEARTHSIDE_MODELS", str(models_folder))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert main(["init", "--key-file", str(tmp_path / "none"), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "key_file_missing"
    assert not default_profile().exists()
    (tmp_path / "mine").mkdir()
    assert main(["init", "--profile", str(tmp_path / "mine"), "--key-file", str(tmp_path / "none")]) == 3
    assert (tmp_path / "mine").is_dir(), "it was there before"


def test_a_profile_is_erased_once_its_name_is_typed(
    key: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["erase", "--json"]) == 4, "no program types a name"
    monkeypatch.setattr("sys.stdin", io.StringIO("somebody\n"))
    assert main(["erase"]) == 4
    told = capsys.readouterr().err
    assert "backups" in told
    assert "“default”" in told
    assert default_profile().exists()
    monkeypatch.setattr("sys.stdin", io.StringIO("default\n"))
    assert main(["erase"]) == 0
    assert not default_profile().exists()
    assert main(["erase"]) == 4, "there is nothing to erase"


def test_what_an_older_page_does_not_name_is_agreed_to_before_it_is_turned_on(
    key: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*arguments, "--key-file", str(key)])
        return code, *capsys.readouterr()

    with monkeypatch.context() as before:
        before.setattr(consent, "PAGE_VERSION", consent.PAGE_VERSION - 1)
        assert run("learn", "on", "--yes")[0] == 0
    code, _, told = run("learn", "retrieval", "--try", ".2")
    assert code == 4
    assert "learn on" in told
    assert run("learn", "on", "--json")[0] == 4, "a program must say --yes"
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    code, _, told = run("learn", "on")
    assert code == 0
    assert say("learning.page_new") in told
    assert run("learn", "retrieval", "--try", ".2")[0] == 0
    assert run("learn", "on", "--json")[0] == 0, "there is nothing new to read"


def test_the_report_says_everything_once(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["learn", "report", "--json", "--key-file", str(key)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"report", "adapters", "trials", "retrieval"}
    assert set(told["report"]) == {"status", "datasets", "consents", "audit", "uses", "side_by_sides"}
