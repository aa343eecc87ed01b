"""What sequences share is what each would have read by itself."""

import contextlib
import ctypes
from pathlib import Path

import numpy as np
import pytest

from engine.models.native import llama, load_model
from engine.models.sequences import Sequences
from tests.engine.learning.tiny_llama import TOKENS, llama_cpp_logits, write_tiny_llama

FIRST, SECOND = [3, 14, 15, 9, 2, 6], [3, 14, 15, 35, 8]


@pytest.mark.parametrize(("architecture", "shared"), [("llama", 3), ("gemma3", 3), ("lfm2", 0)])
def test_a_beginning_is_shared_where_the_model_can_be_cut_there(tmp_path: Path, architecture: str, shared: int) -> None:
    path = write_tiny_llama(tmp_path / "tiny.gguf", architecture=architecture)
    model = load_model(path)
    sequences = Sequences(model, count=2, context_tokens=128, threads=1)
    with contextlib.ExitStack() as opened:
        opened.callback(llama().llama_model_free, model)
        opened.callback(sequences.close)
        sequences.read(0, FIRST)
        assert sequences.share(1, 0, 3) == shared
        sequences.read(1, SECOND[shared:])
        last = llama().llama_get_logits_ith(sequences.pointer, -1)
        logits = np.ctypeslib.as_array(ctypes.cast(last, ctypes.POINTER(ctypes.c_float)), (TOKENS,))
        np.testing.assert_allclose(logits, llama_cpp_logits(path, SECOND)[-1], atol=0.05)
