"""The conversion worker: reads unknown model files and writes serving files, where a crash costs nothing."""

import ctypes
from collections.abc import Iterator
from pathlib import Path

from engine.errors import HearthsideError
from engine.models.conversion_protocol import Convert, Converted, ConvertOnnx, Inspect, Inspected, Reply
from engine.models.native import chat_template, last_complaint, llama, load_model, metadata
from engine.models.onnx_int8 import requantize
from engine.workers.service import Context


class ConversionService:
    """One file after another; keeps nothing."""

    requests = Inspect | Convert | ConvertOnnx

    def handle(self, request: Inspect | Convert | ConvertOnnx, context: Context) -> Iterator[Reply]:
        context.checkpoint()
        match request:
            case Inspect():
                yield inspect(Path(request.path))
            case Convert():
                convert(Path(request.source), Path(request.target), request.serving_format)
                yield Converted()
            case ConvertOnnx():
                requantize(Path(request.source), Path(request.target), heads=request.heads)
                yield Converted()


def service() -> ConversionService:
    return ConversionService()


def inspect(path: Path) -> Inspected:
    """Load the GGUF at `path` whole, as serving it would, and tell what it says of itself."""
    model = load_model(path)
    try:
        return Inspected(
            architecture=metadata(model, "general.architecture"),
            title=metadata(model, "general.name"),
            licence=metadata(model, "general.license"),
            file_format=_format_name(metadata(model, "general.file_type")),
            template=chat_template(model),
            context_tokens=llama().llama_model_n_ctx_train(model),
        )
    finally:
        llama().llama_model_free(model)


def convert(source: Path, target: Path, serving_format: str) -> None:
    """Requantize the GGUF at `source` into `target`. Raises HearthsideError("model_not_converted")."""
    lib = llama()
    parameters = lib.llama_model_quantize_default_params()
    parameters.ftype = getattr(lib, f"LLAMA_FTYPE_MOSTLY_{serving_format}")
    parameters.allow_requantize = True
    if lib.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(parameters)) != 0:
        raise HearthsideError("model_not_converted", path=str(source), format=serving_format, reason=last_complaint())


def _format_name(file_type: str) -> str:
    """`file_type` is the number of a llama.cpp file type, as text."""
    lib = llama()
    prefix = "LLAMA_FTYPE_MOSTLY_"
    names = {str(getattr(lib, name)): name.removeprefix(prefix) for name in dir(lib) if name.startswith(prefix)}
    return names.get(file_type, "F32" if file_type == "0" else "")
