"""What a context keeps of a former prompt never changes what comes out, and a cancel leaves it usable."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import Interrupted
from engine.models.llama_context import BLOCK, LlamaContext
from engine.models.native import llama, load_model
from engine.models.vocabulary import Vocabulary
from engine.progress import Control
from tests.engine.learning.tiny_llama import write_tiny_llama
from tests.fakes.tiny_model import write_tiny_model

ANY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TOKENS = st.lists(st.integers(4, 259), min_size=1, max_size=2 * BLOCK - 20)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    model = load_model(write_tiny_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf"))
    yield model
    llama().llama_model_free(model)


@pytest.fixture(scope="module")
def contexts(model: Any) -> Iterator[tuple[LlamaContext, LlamaContext]]:
    """One that is used again and again, one that is emptied before each use."""
    size = Vocabulary(model).size
    both = [LlamaContext(model, context_tokens=4 * BLOCK, threads=1, vocabulary_size=size) for _ in range(2)]
    yield both[0], both[1]
    for context in both:
        context.close()


def logits_after(context: LlamaContext, tokens: list[int]) -> np.ndarray:
    last = len(tokens) - 1
    rows = [rows.copy() for _, rows in context.read(tokens, context.keep(tokens, last), last)]
    return rows[-1][-1]


@given(first=TOKENS, shared=st.integers(0, 2 * BLOCK), then=TOKENS)
@ANY
def test_a_kept_prefix_gives_the_very_logits_of_an_empty_cache(
    contexts: tuple[LlamaContext, LlamaContext], first: list[int], shared: int, then: list[int]
) -> None:
    used, fresh = contexts
    second = (first[:shared] + then)[: 2 * BLOCK - 20]
    used.clear()
    fresh.clear()
    logits_after(used, first)
    np.testing.assert_array_equal(logits_after(used, second), logits_after(fresh, second))


def test_whole_blocks_are_kept(contexts: tuple[LlamaContext, LlamaContext]) -> None:
    used, _ = contexts
    used.clear()
    tokens = [4 + number % 256 for number in range(BLOCK + 50)]
    logits_after(used, tokens)
    assert used.keep([*tokens[: BLOCK + 10], 5, 5], BLOCK + 11) == BLOCK
    assert used.keep(tokens[: BLOCK - 1], BLOCK - 2) == 0


def test_an_answer_that_was_drawn_is_kept_token_by_token(contexts: tuple[LlamaContext, LlamaContext]) -> None:
    used, fresh = contexts
    used.clear()
    prompt, said, asked = [10] * 20, [30, 31, 32], [40, 41]
    logits_after(used, prompt)
    for token in said:
        used.append(token)
    following = [*prompt, *said, *asked]
    assert used.keep(following, len(following) - 1) == len(prompt) + len(said)
    fresh.clear()
    np.testing.assert_allclose(logits_after(used, following), logits_after(fresh, following), atol=0.05)


def test_cancelling_between_blocks_keeps_what_was_read(contexts: tuple[LlamaContext, LlamaContext]) -> None:
    used, fresh = contexts
    used.clear()
    fresh.clear()
    tokens = [4 + number % 200 for number in range(BLOCK + 50)]
    control = Control()
    reading = used.read(tokens, used.keep(tokens, 0), 0)
    with used.stoppable(control):
        next(reading)
        control.cancel()
        with pytest.raises(Interrupted):
            next(reading)
    assert used.keep(tokens, len(tokens) - 1) == BLOCK
    np.testing.assert_array_equal(logits_after(used, tokens), logits_after(fresh, tokens))


def test_a_model_that_convolves_reads_again_what_cannot_be_cut_back(tmp_path: Path) -> None:
    """Its state is that of the last token alone."""
    model = load_model(write_tiny_llama(tmp_path / "tiny.gguf", architecture="lfm2"))
    size = Vocabulary(model).size
    used, fresh = (LlamaContext(model, context_tokens=BLOCK, threads=1, vocabulary_size=size) for _ in range(2))
    with contextlib.ExitStack() as opened:
        opened.callback(llama().llama_model_free, model)
        opened.callback(used.close)
        opened.callback(fresh.close)
        prompt, said = [10] * 20, [30, 31, 32]
        logits_after(used, prompt)
        for token in said:
            used.append(token)
        following = [*prompt, said[0], 40, 41]
        np.testing.assert_array_equal(logits_after(used, following), logits_after(fresh, following))
