"""Takes model files into the catalog: proves them, converts them beside the others, and puts them in place at once."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.durable import flush_folder
from engine.errors import HearthsideError, InputRefused
from engine.models.conversion_protocol import Convert, Converted, ConvertOnnx, Inspect, Inspected, Reply
from engine.models.hashes import KnownFile, known_file, sha256_of, sha256_of_text
from engine.models.manifest import EmbedderManifest, LanguageManifest, NamesManifest, write_manifest
from engine.models.recipes import Asset, EmbedderRecipe, LanguageRecipe, NamesRecipe, known_models
from engine.progress import Control, Progress, Report, unreported
from engine.words import say
from engine.workers.worker import Limits, Worker

_CONVERSION_S = 3600.0  # the longest a conversion may take


def import_language_model(
    path: Path, name: str, folder: Path, *, report: Report = unreported, control: Control | None = None
) -> LanguageManifest:
    """Make `folder` hold the GGUF at `path` as `name`, with the file that serves it."""
    recipe = known_models().language.get(name)
    with _staging(folder) as stage:
        base = _take(path, stage, recipe.file if recipe else None, report, control)
        report(Progress(0, 0, say("models.inspecting")))
        found = _inspect(base, path, control)
        template_sha256 = _proven_template(found, recipe, path)
        serving, serving_format = base, found.file_format
        if recipe and recipe.serving_format != found.file_format:
            report(Progress(0, 0, say("models.converting", format=recipe.serving_format)))
            serving, serving_format = stage / f"{base.stem}.serving.gguf", recipe.serving_format
            _convert(Convert(str(base), str(serving), serving_format), control)
        manifest = LanguageManifest(
            name=name,
            title=recipe.title if recipe else found.title or name,
            licence=recipe.licence if recipe else found.licence or "unknown",
            context_tokens=recipe.context_tokens if recipe else found.context_tokens,
            template_sha256=template_sha256,
            serving_format=serving_format,
            base=known_file(base),
            serving=known_file(serving),
        )
        write_manifest(stage, manifest)
    return manifest


def import_onnx(
    name: str,
    model: Path,
    tokenizer: Path,
    folder: Path,
    *,
    report: Report = unreported,
    control: Control | None = None,
) -> EmbedderManifest | NamesManifest:
    """Make `folder` hold the known embedder or tagger `name`, requantized from the ONNX file `model`."""
    recipe = known_models().onnx[name]
    with _staging(folder) as stage:
        source = _take(model, stage, recipe.model, report, control)
        kept_tokenizer = _take(tokenizer, stage, recipe.tokenizer, report, control)
        report(Progress(0, 0, say("models.converting", format=recipe.quantization)))
        serving = stage / f"{source.stem}.serving.onnx"
        _convert(ConvertOnnx(str(source), str(serving), recipe.heads), control)
        source.unlink()
        file = known_file(serving)
        manifest = _onnx_manifest(name, recipe, file, known_file(kept_tokenizer))
        write_manifest(stage, manifest)
    return manifest


def _onnx_manifest(
    name: str, recipe: EmbedderRecipe | NamesRecipe, model: KnownFile, tokenizer: KnownFile
) -> EmbedderManifest | NamesManifest:
    common: dict[str, Any] = {
        "name": f"{name}-{recipe.quantization}-{model.sha256[:12]}",
        "licence": recipe.licence,
        "context_tokens": recipe.context_tokens,
        "source_sha256": recipe.model.sha256,
        "quantization": recipe.quantization,
        "model": model,
        "tokenizer": tokenizer,
    }
    if isinstance(recipe, EmbedderRecipe):
        return EmbedderManifest(**common, dimension=recipe.dimension)
    return NamesManifest(**common, labels=recipe.labels)


@contextlib.contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A folder beside `folder` that takes its place when all went well, and is gone when not."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    stage = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    replaced = stage.with_name(f"{stage.name}.old")
    try:
        yield stage
        if folder.exists():
            folder.rename(replaced)
        stage.rename(folder)
        flush_folder(folder.parent)
    finally:
        for leftover in (stage, replaced):
            shutil.rmtree(leftover, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what imports of `folder` left behind when they were killed; one in progress is younger than that."""
    for leftover in folder.parent.glob(f".{folder.name}.*"):
        if time.time() - leftover.stat().st_mtime > _CONVERSION_S:
            shutil.rmtree(leftover, ignore_errors=True)


def _take(path: Path, stage: Path, asset: Asset | None, report: Report, control: Control | None) -> Path:
    """Copy the file at `path` into `stage` and prove the copy. Raises InputRefused."""
    copy = stage / (asset.name if asset else path.name)
    try:
        shutil.copyfile(path, copy)
    except OSError as error:
        raise InputRefused("model_unreadable", path=str(path), reason=error.strerror or str(error)) from error
    taken = say("models.verifying", name=copy.name)
    found = sha256_of(copy, lambda at: report(Progress(at.done, at.total, taken)), control)
    if asset and found != asset.sha256:
        raise InputRefused("model_wrong_hash", path=str(path), expected=asset.sha256, found=found)
    return copy


def _inspect(base: Path, path: Path, control: Control | None) -> Inspected:
    """What the file says of itself; a file that ends the worker is as unreadable as one it refuses."""
    try:
        found = _ask(Inspect(str(base)), control)
    except HearthsideError as error:
        if error.code not in {"model_unreadable", "worker_crashed"}:
            raise
        reason = error.fields.get("reason", error.fields.get("how"))
        raise InputRefused("model_unreadable", path=str(path), reason=reason) from error
    assert isinstance(found, Inspected)
    if not found.template:
        raise InputRefused("model_without_template", path=str(path))
    return found


def _proven_template(found: Inspected, recipe: LanguageRecipe | None, path: Path) -> str:
    sha256 = sha256_of_text(found.template)
    if recipe and sha256 != recipe.template_sha256:
        raise InputRefused("model_wrong_template", path=str(path))
    return sha256


def _convert(request: Convert | ConvertOnnx, control: Control | None) -> None:
    reply = _ask(request, control)
    assert isinstance(reply, Converted)


def _ask(request: Inspect | Convert | ConvertOnnx, control: Control | None) -> Reply:
    """Of a worker that reads and writes in the file's folder and nowhere else: nobody vouches for the file."""
    folder = str(Path(request.path if isinstance(request, Inspect) else request.target).parent)
    with Worker[Reply](
        "engine.models.conversion_service",
        Reply,
        name="conversion",
        limits=Limits(confined=True, writable=(folder,)),
        environment={"TMPDIR": folder},
    ) as worker:
        return worker.call(request, timeout_s=_CONVERSION_S, control=control)
