"""What the catalog asks of the conversion worker, and what it answers."""

from msgspec import Struct


class Inspect(Struct, frozen=True, tag=True):
    """Read what a GGUF file says of itself."""

    path: str


class Inspected(Struct, frozen=True, tag=True):
    """What a GGUF file says of itself; empty strings where it is silent."""

    architecture: str
    title: str
    licence: str
    file_format: str
    template: str
    context_tokens: int


class Convert(Struct, frozen=True, tag=True):
    """Write the GGUF at `source` to `target` with its weights in `serving_format` (a llama.cpp file type name)."""

    source: str
    target: str
    serving_format: str


class ConvertOnnx(Struct, frozen=True, tag=True):
    """Write the ONNX model at `source`, of so many attention `heads`, to `target` with matrix products in int8."""

    source: str
    target: str
    heads: int


class Converted(Struct, frozen=True, tag=True):
    """The target file is complete."""


Reply = Inspected | Converted
