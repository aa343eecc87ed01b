"""index --dry-run, --exclude and --never-learn, and shell: what they say and do, in one profile of its own."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main

pytestmark = pytest.mark.model


@pytest.fixture
def told(tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run a command of a new profile: its JSON."""
    monkeypatch.setenv("HEARTHSIDE_MODELS", str(models_folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    key = tmp_path / "key"
    key.write_bytes(b"only its owner knows this")
    key.chmod(0o600)

    def run(*arguments: str, code: int = 0) -> dict[str, Any]:
        capsys.readouterr()
        assert main([*arguments, "--json", "--key-file", str(key)]) == code
        return json.loads(capsys.readouterr().out)

    run("init")
    return run


def test_what_would_be_read_is_told_and_what_is_left_out_stays_out(told, tmp_path: Path) -> None:
    house = tmp_path / "house"
    (house / "drafts").mkdir(parents=True)
    for name in ("boiler.md", "drafts/letter.txt", "picture.gif"):
        (house / name).write_text("The boiler was serviced in May.")
    plan = told("index", str(house), "--dry-run", "--exclude", "drafts/")
    assert set(plan) == {
        "files", "by_type", "bytes", "seconds_estimated", "seconds_measured", "bytes_estimated", "reading",
        "unchanged", "skipped",
    }  # fmt: skip
    assert plan["reading"] == [{"suffix": ".md", "files": 1, "bytes": 31}]
    assert plan["skipped"] == {"picture": 1}
    assert told("library", "list")["files"] == []
    assert told("index", str(house), "--exclude", "[z-a]", code=4)["error"]["code"] == "pattern_invalid"
    done = told("index", str(house), "--exclude", "drafts/", "--never-learn")
    assert [Path(file["path"]).name for file in done["files"] if file["state"] == "indexed"] == ["boiler.md"]
    [root] = told("library", "list")["roots"]
    assert (root["patterns"], root["may_teach"]) == ("drafts/", False)
    told("index", str(house), "--exclude", "")
    assert told("library", "list")["roots"][0]["files"] == 2


def test_the_menu_says_how_each_file_manager_stands(told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "thunar").write_text("")
    (tmp_path / "thunar").chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    steps = (("status", "off"), ("install", "on"), ("status", "on"), ("remove", "off"))
    for verb, state in steps:
        now = told("shell", verb)
        assert now["installed"] is (state == "on")
        assert {one["name"]: one["state"] for one in now["managers"] if one["state"] != "absent"} == {"Thunar": state}
        assert {"name", "state", "path", "reason"} == set(now["managers"][0])
