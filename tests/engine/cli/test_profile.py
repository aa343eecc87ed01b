"""A profile by the command line: made whole or not at all, and what its report says of it once."""

import io
import json
from pathlib import Path

import pytest

from engine.cli import main
from engine.paths import default_profile

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


def test_the_report_says_everything_once(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["learn", "report", "--json", "--key-file", str(key)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"report", "adapters", "trials", "retrieval"}
    assert set(told["report"]) == {"status", "datasets", "consents", "audit", "uses", "side_by_sides"}
