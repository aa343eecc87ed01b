"""The models on this machine: what was imported, proven by hash, and where its files are."""

import re
from pathlib import Path

from engine.errors import InputRefused
from engine.models.hashes import KnownFile, sha256_of
from engine.models.importing import import_language_model, import_onnx
from engine.models.manifest import (
    EmbedderManifest,
    LanguageManifest,
    Manifest,
    NamesManifest,
    OnnxManifest,
    read_manifest,
    write_manifest,
)
from engine.models.recipes import known_models
from engine.models.values import EmbedderDescription, ModelDescription, NamesDescription
from engine.paths import models_dir
from engine.progress import Control, Report, unreported

_NAME = re.compile(r"[0-9a-z][0-9a-z._-]{0,63}")


class Models:
    """A folder of imported models, a folder each; shared by all profiles of the machine."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or models_dir()

    def listed(self) -> list[ModelDescription]:
        """The language models that are whole, by name."""
        found = ((folder, read_manifest(folder)) for folder in sorted(self.folder.glob("[0-9a-z]*/")))
        return [
            it.description(folder) for folder, it in found if isinstance(it, LanguageManifest) and _whole(folder, it)
        ]

    def describe(self, name: str) -> ModelDescription:
        """Raises InputRefused: "model_absent", or "model_changed" when a file is no longer the one imported."""
        manifest = self._current(name)
        if not isinstance(manifest, LanguageManifest):
            raise InputRefused("model_absent", name=name)
        return manifest.description(self.folder / name)

    def embedder(self) -> EmbedderDescription:
        """The embedder documents are indexed with. Raises as `describe` does."""
        name = next(iter(known_models().embedder))
        manifest = self._current(name)
        if not isinstance(manifest, EmbedderManifest):
            raise InputRefused("model_absent", name=name)
        return manifest.description(self.folder / name)

    def names(self) -> NamesDescription:
        """What finds names in texts. Raises as `describe` does."""
        name = next(iter(known_models().names))
        manifest = self._current(name)
        if not isinstance(manifest, NamesManifest):
            raise InputRefused("model_absent", name=name)
        return manifest.description(self.folder / name)

    def require(self, name: str) -> None:
        """Raise what would keep a profile with the model `name` from opening: to be known before one is made."""
        self.describe(name)
        self.embedder()

    def holds(self, name: str) -> bool:
        """Whether the model `name` is imported, whole, and as models.toml declares it if it does. Reads no model."""
        manifest = read_manifest(self.folder / name)
        return manifest is not None and _whole(self.folder / name, manifest) and _as_declared(manifest, name)

    def import_file(
        self, path: Path, name: str, *, report: Report = unreported, control: Control | None = None
    ) -> ModelDescription:
        """Take the GGUF at `path` into the catalog as `name`: copied, proven, converted to its serving format.

        Quick when that very file is there already. A name that models.toml knows must be the very file it knows.
        Raises InputRefused: "model_name_invalid", "model_unreadable", "model_without_template", "model_wrong_hash",
        "model_wrong_template"; HearthsideError("model_not_converted").
        """
        folder = self._folder_for(name)
        kept = read_manifest(folder)
        if isinstance(kept, LanguageManifest) and self.holds(name) and _is_same(path, kept.base):
            return kept.description(folder)
        return import_language_model(path, name, folder, report=report, control=control).description(folder)

    def import_onnx(
        self, model: Path, tokenizer: Path, name: str, *, report: Report = unreported, control: Control | None = None
    ) -> None:
        """Take the two files of a known embedder or tagger into the catalog, requantized. Quick when they are there."""
        folder = self._folder_for(name)
        if not (isinstance(read_manifest(folder), OnnxManifest) and self.holds(name)):
            import_onnx(name, model, tokenizer, folder, report=report, control=control)

    def verify(self, name: str, *, report: Report = unreported, control: Control | None = None) -> None:
        """Hash every file of `name` again. Raises InputRefused: "model_absent", "model_changed"."""
        folder = self._folder_for(name)
        manifest = read_manifest(folder)
        if manifest is None:
            raise InputRefused("model_absent", name=name)
        for file in manifest.files:
            path = folder / file.name
            if not path.is_file() or sha256_of(path, report, control) != file.sha256:
                raise InputRefused("model_changed", name=name, file=file.name)

    def _current(self, name: str) -> Manifest:
        """The manifest of `name`, its files still those that were hashed; read again only where a date changed."""
        folder = self._folder_for(name)
        manifest = read_manifest(folder)
        if manifest is None:
            raise InputRefused("model_absent", name=name)
        if not _whole(folder, manifest):
            self.verify(name)
            write_manifest(folder, manifest.as_found_in(folder))
        return manifest

    def _folder_for(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise InputRefused("model_name_invalid", name=name)
        return self.folder / name


def _whole(folder: Path, manifest: Manifest) -> bool:
    return all(file.unchanged_in(folder) for file in manifest.files)


def _as_declared(manifest: Manifest, name: str) -> bool:
    """Whether a model that models.toml knows is the one it means; any other is."""
    if isinstance(manifest, LanguageManifest):
        language = known_models().language.get(name)
        declared = language and (language.file.sha256, language.serving_format)
        return not declared or declared == (manifest.base.sha256, manifest.serving_format)
    onnx = known_models().onnx.get(name)
    wanted = onnx and (onnx.model.sha256, onnx.tokenizer.sha256, onnx.quantization)
    return not wanted or wanted == (manifest.source_sha256, manifest.tokenizer.sha256, manifest.quantization)


def _is_same(path: Path, file: KnownFile) -> bool:
    try:
        return path.stat().st_size == file.size and sha256_of(path) == file.sha256
    except OSError:
        return False
