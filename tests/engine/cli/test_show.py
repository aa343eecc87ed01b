"""`library show`: the text that offsets of searches and citations count in."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from tests.engine.library import documents

pytestmark = pytest.mark.model


@pytest.fixture
def run(tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run a command in a profile that has read the folder `papers`: its exit code and its JSON."""
    monkeypatch.setenv("HEARTHSIDE_MODELS", str(models_folder))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    key = tmp_path / "key"
    key.write_bytes(b"only its owner knows this")
    key.chmod(0o600)
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "boiler.pdf").write_bytes(documents.pdf("The boiler stands in the cellar.", "", "It is blue."))
    (folder / "empty.txt").touch()

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = main([*arguments, "--json", "--key-file", str(key)])
        return code, json.loads(capsys.readouterr().out)

    assert main(["init", "--key-file", str(key)]) == 0
    assert run("index", "papers")[0] == 0
    return run


def test_what_a_search_found_is_shown_and_where_it_stands(run, tmp_path: Path) -> None:
    _, found = run("search", "where is the boiler", "-k", "1")
    [passage] = found["results"]
    span = ("--start", str(passage["start"]), "--end", str(passage["end"]))
    code, shown = run("library", "show", "papers/boiler.pdf", *span)
    assert code == 0
    assert shown["text"] == passage["text"] == "The boiler stands in the cellar."
    assert (shown["path"], shown["standing"], shown["page"]) == (str(tmp_path / "papers" / "boiler.pdf"), "same", 1)
    _, third = run("library", "show", "papers/boiler.pdf", "--page", "3")
    assert (third["text"].strip(), third["page"]) == ("It is blue.", 3)
    (tmp_path / "papers" / "boiler.pdf").unlink()
    assert run("library", "show", "papers/boiler.pdf")[1]["standing"] == "missing"


def test_what_has_no_text_is_refused(run) -> None:
    for arguments, code in (
        (["papers/boiler.pdf", "--page", "2"], "page_absent"),
        (["papers/empty.txt"], "text_absent"),
        (["papers"], "text_absent"),
    ):
        exit_code, told = run("library", "show", *arguments)
        assert (exit_code, told["error"]["code"]) == (4, code)
