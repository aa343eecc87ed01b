"""Adapters on a live llama.cpp model: loaded from memory, checked to do something, switched while it runs."""

import ctypes
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.errors import InputRefused
from engine.models.llama_context import LlamaContext
from engine.models.native import last_complaint, llama
from engine.models.values import AdapterInUse


class Adapters:
    """The adapters a worker holds for its one model, and which of them is on."""

    def __init__(self, model: Any, context: LlamaContext, probe: Sequence[int]) -> None:
        """`probe`: some tokens whose logits an adapter must change."""
        self._model = model
        self._context = context
        self._probe = probe
        self._held: dict[str, Any] = {}
        self._in_use: AdapterInUse | None = None

    def add(self, adapter_id: str, gguf: bytes) -> None:
        """Hold the adapter in `gguf`. Raises InputRefused: "adapter_unreadable", "adapter_no_effect"."""
        if adapter_id in self._held:
            return
        with _readable(gguf) as path:
            adapter = llama().llama_adapter_lora_init(self._model, path.encode())
        if not adapter:
            raise InputRefused("adapter_unreadable", reason=last_complaint())
        self._held[adapter_id] = adapter
        try:
            self._prove(AdapterInUse(adapter_id, 1.0))
        except InputRefused:
            self.drop(adapter_id)
            raise

    def drop(self, adapter_id: str) -> None:
        adapter = self._held.pop(adapter_id, None)
        if adapter is None:
            return
        if self._in_use is not None and self._in_use.adapter_id == adapter_id:
            self._switch(None)
        llama().llama_adapter_lora_free(adapter)

    def use(self, wanted: AdapterInUse | None) -> None:
        """Answer with `wanted` from now on. What the context read under another adapter is forgotten."""
        if wanted != self._in_use:
            self._switch(wanted)

    def put_on(self, context: Any, wanted: AdapterInUse | None) -> None:
        """Let another llama.cpp context of the model, a fresh one, answer with `wanted`."""
        lib = llama()
        if wanted is None:
            lib.llama_set_adapters_lora(context, None, 0, None)
        else:
            pointers = (lib.llama_adapter_lora_p_ctypes * 1)(self._held[wanted.adapter_id])
            lib.llama_set_adapters_lora(context, pointers, 1, (ctypes.c_float * 1)(wanted.scale))

    def _switch(self, wanted: AdapterInUse | None) -> None:
        self.put_on(self._context.pointer, wanted)
        self._context.clear()
        self._in_use = wanted

    def _prove(self, adapter: AdapterInUse) -> None:
        """llama.cpp passes over what it cannot place: an adapter that changes no logit was not applied."""
        import numpy as np

        base, adapted = self._probed(None), self._probed(adapter)
        self._switch(None)
        if not np.isfinite(adapted).all():
            raise InputRefused("adapter_unreadable", reason="not finite")
        if np.array_equal(base, adapted):
            raise InputRefused("adapter_no_effect")

    def _probed(self, adapter: AdapterInUse | None) -> Any:
        self._switch(adapter)
        ((_, logits),) = self._context.read(self._probe, 0, len(self._probe) - 1)
        return logits.copy()


@contextmanager
def _readable(gguf: bytes) -> Iterator[str]:
    """A path from which llama.cpp can read `gguf`: on Linux a file in memory, elsewhere an owner-only file, briefly."""
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("adapter")
        with os.fdopen(handle, "wb") as memory:
            memory.write(gguf)
            memory.flush()
            yield f"/proc/self/fd/{handle}"
        return
    handle, name = tempfile.mkstemp(prefix="adapter-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(gguf)
        yield name
    finally:
        Path(name).unlink()
