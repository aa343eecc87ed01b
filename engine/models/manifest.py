"""What a folder of the catalog holds: written last at import, so a model is there whole or not at all."""

from pathlib import Path
from typing import Self

import msgspec
from msgspec import structs

from engine.durable import write_atomically
from engine.models.hashes import KnownFile, known_file
from engine.models.values import EmbedderDescription, ModelDescription, NamesDescription

MANIFEST = "manifest.json"


class LanguageManifest(msgspec.Struct, frozen=True, kw_only=True, tag="language"):
    """An imported language model. `base` and `serving` are one file when it serves as it came."""

    name: str
    title: str
    licence: str
    context_tokens: int
    template_sha256: str
    serving_format: str
    base: KnownFile
    serving: KnownFile

    @property
    def files(self) -> tuple[KnownFile, ...]:
        return (self.base,) if self.base == self.serving else (self.base, self.serving)

    def as_found_in(self, folder: Path) -> Self:
        """The same files, with the dates they have now."""
        base, serving = (known_file(folder / file.name, file.sha256) for file in (self.base, self.serving))
        return structs.replace(self, base=base, serving=serving)

    def description(self, folder: Path) -> ModelDescription:
        return ModelDescription(
            name=self.name,
            title=self.title,
            licence=self.licence,
            base_sha256=self.base.sha256,
            serving_sha256=self.serving.sha256,
            serving_format=self.serving_format,
            template_sha256=self.template_sha256,
            path=str(folder / self.serving.name),
            base_path=str(folder / self.base.name),
            context_tokens=self.context_tokens,
        )


class OnnxManifest(msgspec.Struct, frozen=True, kw_only=True):
    """An imported ONNX model. `source_sha256` is that of the file it was made from."""

    name: str
    licence: str
    context_tokens: int
    source_sha256: str
    quantization: str
    model: KnownFile
    tokenizer: KnownFile

    @property
    def files(self) -> tuple[KnownFile, ...]:
        return (self.model, self.tokenizer)

    def as_found_in(self, folder: Path) -> Self:
        model, tokenizer = (known_file(folder / file.name, file.sha256) for file in self.files)
        return structs.replace(self, model=model, tokenizer=tokenizer)


class EmbedderManifest(OnnxManifest, frozen=True, kw_only=True, tag="embedder"):
    dimension: int

    def description(self, folder: Path) -> EmbedderDescription:
        return EmbedderDescription(
            name=self.name,
            licence=self.licence,
            dimension=self.dimension,
            context_tokens=self.context_tokens,
            model_path=str(folder / self.model.name),
            tokenizer_path=str(folder / self.tokenizer.name),
        )


class NamesManifest(OnnxManifest, frozen=True, kw_only=True, tag="names"):
    labels: list[str]

    def description(self, folder: Path) -> NamesDescription:
        return NamesDescription(
            name=self.name,
            licence=self.licence,
            labels=self.labels,
            context_tokens=self.context_tokens,
            model_path=str(folder / self.model.name),
            tokenizer_path=str(folder / self.tokenizer.name),
        )


Manifest = LanguageManifest | EmbedderManifest | NamesManifest


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest in `folder`; None where there is none or it cannot be understood: then it is imported again."""
    try:
        manifest: Manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError):
        return None
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    write_atomically(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
