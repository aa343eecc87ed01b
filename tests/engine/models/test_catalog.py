"""The catalog holds a model whole or not at all, and notices when it is no longer the one it took in."""

import os
from pathlib import Path

import pytest
from msgspec import structs

from engine.errors import InputRefused
from engine.models import recipes
from engine.models.catalog import Models
from engine.models.hashes import sha256_of, sha256_of_text
from engine.models.recipes import Asset, LanguageRecipe, Recipes
from engine.progress import Control
from tests.fakes.tiny_model import TEMPLATE, write_tiny_model


def left_behind(models: Models) -> list[str]:
    return sorted(path.name for path in models.folder.iterdir()) if models.folder.exists() else []


def refusal(models: Models, path: Path, name: str = "tiny") -> InputRefused:
    with pytest.raises(InputRefused) as refused:
        models.import_file(path, name)
    return refused.value


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch, tiny_model: Path) -> LanguageRecipe:
    """models.toml knows the tiny model as "tiny", served in Q8_0."""
    recipe = LanguageRecipe(
        title="Known",
        licence="CC0-1.0",
        context_tokens=2048,
        template_sha256=sha256_of_text(TEMPLATE),
        serving_format="Q8_0",
        file=Asset("tiny.gguf", sha256_of(tiny_model), "none", "none"),
    )
    monkeypatch.setattr("engine.models.importing.known_models", lambda: Recipes({"tiny": recipe}, {}))
    monkeypatch.setattr("engine.models.catalog.known_models", lambda: Recipes({"tiny": recipe}, {}))
    return recipe


def test_an_imported_model_is_described_by_its_own_words(models: Models, tiny_model: Path) -> None:
    made = models.import_file(tiny_model, "tiny")
    assert (made.title, made.licence, made.serving_format, made.context_tokens) == ("Tiny", "cc0-1.0", "F32", 2048)
    assert made.base_sha256 == made.serving_sha256 == sha256_of(tiny_model)
    assert made.template_sha256 == sha256_of_text(TEMPLATE)
    assert Path(made.path).read_bytes() == tiny_model.read_bytes()
    assert models.describe("tiny") == made
    assert models.listed() == [made]


def test_a_known_model_is_converted_to_its_serving_format(
    models: Models, tiny_model: Path, known: LanguageRecipe
) -> None:
    made = models.import_file(tiny_model, "tiny")
    assert (made.title, made.serving_format) == (known.title, "Q8_0")
    assert made.base_sha256 == sha256_of(Path(made.base_path)) == sha256_of(tiny_model)
    assert made.serving_sha256 == sha256_of(Path(made.path)) != made.base_sha256


def test_importing_again_reads_but_writes_nothing(models: Models, tiny_model: Path, known: LanguageRecipe) -> None:
    first = models.import_file(tiny_model, "tiny")
    written = Path(first.path).stat()
    assert models.import_file(tiny_model, "tiny") == first
    assert Path(first.path).stat().st_ino == written.st_ino


def test_another_serving_format_in_the_recipe_converts_again(
    models: Models, tiny_model: Path, known: LanguageRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.import_file(tiny_model, "tiny")
    changed = Recipes({"tiny": structs.replace(known, serving_format="F16")}, {})
    monkeypatch.setattr("engine.models.importing.known_models", lambda: changed)
    monkeypatch.setattr("engine.models.catalog.known_models", lambda: changed)
    assert not models.holds("tiny")
    assert models.import_file(tiny_model, "tiny").serving_format == "F16"
    assert left_behind(models) == ["tiny"]


def test_a_known_name_takes_no_other_file(models: Models, known: LanguageRecipe, tmp_path: Path) -> None:
    other = write_tiny_model(tmp_path / "other.gguf", seed=1)
    assert refusal(models, other).code == "model_wrong_hash"
    assert left_behind(models) == []


def test_a_known_model_with_another_template_is_refused(
    models: Models, tiny_model: Path, known: LanguageRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = Recipes({"tiny": structs.replace(known, template_sha256="0" * 64)}, {})
    monkeypatch.setattr("engine.models.importing.known_models", lambda: changed)
    assert refusal(models, tiny_model).code == "model_wrong_template"


BROKEN = {
    "empty": b"",
    "magic only": b"GGUF",
    "text": b"Dear diary, today I was renamed to .gguf.\n" * 50,
    "bytes": bytes(range(256)) * 64,
    "huge counts": b"GGUF" + b"\xff" * 4096,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_not_a_model_is_refused_and_leaves_nothing(models: Models, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    assert refusal(models, path).code == "model_unreadable"
    assert left_behind(models) == []


def test_a_truncated_model_is_refused(models: Models, tiny_model: Path) -> None:
    os.truncate(tiny_model, tiny_model.stat().st_size - 1000)
    assert refusal(models, tiny_model).code == "model_unreadable"


def test_a_missing_file_is_refused(models: Models, tmp_path: Path) -> None:
    assert refusal(models, tmp_path / "nowhere.gguf").code == "model_unreadable"


def test_a_model_without_a_template_is_refused(models: Models, tmp_path: Path) -> None:
    mute = write_tiny_model(tmp_path / "mute.gguf", template=None)
    assert refusal(models, mute).code == "model_without_template"


@pytest.mark.parametrize("name", ["", "..", "../up", "a/b", "Upper", "-dash", "x" * 65])
def test_a_name_is_never_a_path(models: Models, tiny_model: Path, name: str) -> None:
    assert refusal(models, tiny_model, name).code == "model_name_invalid"


def test_a_cancelled_import_leaves_what_was_there(models: Models, tiny_model: Path) -> None:
    made = models.import_file(tiny_model, "tiny")
    control = Control()
    control.cancel()
    other = write_tiny_model(tiny_model.with_name("other.gguf"), seed=1)
    with pytest.raises(Exception, match="interrupted"):
        models.import_file(other, "tiny", control=control)
    assert models.describe("tiny") == made
    assert left_behind(models) == ["tiny"]


def test_what_a_killed_import_left_is_swept_away(models: Models, tiny_model: Path) -> None:
    old, young = (models.folder / f".tiny.{name}" for name in ("old", "young"))
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "half.gguf").write_bytes(b"half")
    os.utime(old, (1, 1))
    models.import_file(tiny_model, "tiny")
    assert left_behind(models) == [".tiny.young", "tiny"]


def test_an_absent_model_is_named(models: Models) -> None:
    with pytest.raises(InputRefused) as refused:
        models.describe("tiny")
    assert (refused.value.code, refused.value.fields) == ("model_absent", {"name": "tiny"})
    assert models.listed() == []


def flip_one_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_one_changed_bit_is_noticed(models: Models, tiny_model: Path) -> None:
    flip_one_bit(Path(models.import_file(tiny_model, "tiny").path))
    with pytest.raises(InputRefused) as refused:
        models.describe("tiny")
    assert (refused.value.code, refused.value.fields["file"]) == ("model_changed", "tiny.gguf")
    assert models.listed() == []


def test_verify_reads_what_dates_hide(models: Models, tiny_model: Path) -> None:
    path = Path(models.import_file(tiny_model, "tiny").path)
    status = path.stat()
    flip_one_bit(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    models.describe("tiny")
    with pytest.raises(InputRefused) as refused:
        models.verify("tiny")
    assert refused.value.code == "model_changed"


def test_a_new_date_alone_is_no_change(models: Models, tiny_model: Path) -> None:
    made = models.import_file(tiny_model, "tiny")
    os.utime(made.path, ns=(1, 1))
    assert models.describe("tiny") == made
    assert models.listed() == [made]


def test_the_declared_models_are_pinned_in_the_lock() -> None:
    lock = (recipes.RESOURCES.parent / "packaging" / "models.lock").read_text()
    pinned = {line.split("==")[0] for line in lock.splitlines()}
    known = recipes.known_models()
    files = [language.file for language in known.language.values()]
    files += [file for recipe in known.onnx.values() for file in (recipe.model, recipe.tokenizer)]
    assert {file.wheel for file in files} == pinned
    assert all(len(file.sha256) == 64 for file in files)
