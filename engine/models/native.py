"""llama.cpp's own interface, loaded once and kept quiet. Only ever used inside a worker: it can end its process."""

import ctypes
import functools
from pathlib import Path
from typing import Any

from engine.errors import InputRefused

_ERROR_LEVEL = 4
_complaints: list[str] = []


@functools.cache
def llama() -> Any:
    """The low-level module, its log silenced: errors are kept for `last_complaint`, the rest is dropped."""
    import llama_cpp.llama_cpp as lib

    lib.llama_log_set(_quiet_log(lib), ctypes.c_void_p(0))
    lib.llama_backend_init()
    return lib


@functools.cache
def _quiet_log(lib: Any) -> Any:
    def hear(level: int, text: bytes, _: object) -> None:
        if level == _ERROR_LEVEL:
            _complaints[:] = [text.decode("utf-8", "replace").strip()]

    return lib.llama_log_callback(hear)


def last_complaint() -> str:
    """What llama.cpp last called an error, without the name of the function that said it."""
    return _complaints[0].split(": ", 1)[-1] if _complaints else ""


def load_model(path: Path) -> Any:
    """The model at `path`, its weights mapped. Raises InputRefused("model_unreadable")."""
    lib = llama()
    parameters = lib.llama_model_default_params()
    _complaints.clear()
    model = lib.llama_model_load_from_file(str(path).encode(), parameters)
    if not model:
        raise InputRefused("model_unreadable", path=str(path), reason=last_complaint() or "llama.cpp refused it")
    return model


def metadata(model: Any, key: str) -> str:
    """The value the model's file has under `key`, as text; empty if it has none."""
    lib = llama()
    size = lib.llama_model_meta_val_str(model, key.encode(), ctypes.create_string_buffer(1), 1)
    if size < 0:
        return ""
    buffer = ctypes.create_string_buffer(size + 1)
    lib.llama_model_meta_val_str(model, key.encode(), buffer, size + 1)
    return buffer.value.decode("utf-8", "replace")


def chat_template(model: Any) -> str:
    """The chat template in the model's file; empty if it has none."""
    text = llama().llama_model_chat_template(model, None)
    return text.decode("utf-8", "replace") if text else ""
