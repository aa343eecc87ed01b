"""A hostile or broken file costs a worker at most: it is refused in words, and the next request works."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import HearthsideError, InputRefused
from engine.models import llama
from engine.models.catalog import Models
from engine.models.llama import LlamaRuntime
from engine.models.values import AdapterFile, AdapterInUse, Message, Sampling
from tests.conformance.runtime import answer
from tests.fakes.adapter_gguf import adapter_gguf
from tests.fakes.tiny_model import describe, write_tiny_model

HELLO = [Message("user", "hello")]
SHORT = Sampling(temperature=0, max_tokens=4)
ENDLESS = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
ENORMOUS = "{{ 'a' * 200000000000 }}"


def no_adapter(adapter_id: str) -> AdapterFile:
    raise AssertionError(adapter_id)


@pytest.mark.parametrize("content", [b"", b"only text\n" * 100, b"GGUF" + b"\xff" * 1000])
def test_a_file_that_is_no_model_is_refused_each_time(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    runtime = LlamaRuntime(describe(path), load_adapter=no_adapter)
    for _ in range(2):
        with pytest.raises(InputRefused) as refused:
            runtime.start()
        assert refused.value.code == "model_unreadable"
    runtime.close()


def test_flipped_bits_never_reach_us(tmp_path: Path, tiny_model: Path) -> None:
    """Whatever a damaged header makes of llama.cpp, it is the worker's end at worst."""
    whole = tiny_model.read_bytes()
    outcomes = set()
    for position in range(8, 2400, 240):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << (position % 8)
        path = tmp_path / "damaged.gguf"
        path.write_bytes(damaged)
        try:
            Models(tmp_path / "models").import_file(path, "tiny")
            outcomes.add("imported")
        except HearthsideError as error:
            outcomes.add(error.code)
    assert outcomes <= {"imported", "model_unreadable", "model_without_template"}
    assert "model_unreadable" in outcomes


@pytest.mark.parametrize("template", [ENDLESS, ENORMOUS, "{{ messages.__class__.__mro__ }}"])
def test_a_hostile_template_is_refused(tmp_path: Path, template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama, "RENDERING_S", 0.5)
    path = write_tiny_model(tmp_path / "hostile.gguf", template=template)
    runtime = LlamaRuntime(describe(path), load_adapter=no_adapter)
    for _ in range(2):
        with pytest.raises(InputRefused) as refused:
            runtime.render(HELLO)
        assert refused.value.code == "template_failed"
    assert runtime.tokenize("still here")
    runtime.close()


@pytest.mark.parametrize("damage", ["cut short", "text", "not finite", "another shape"])
def test_a_broken_adapter_is_refused_and_the_base_answers(tmp_path: Path, tiny_model: Path, damage: str) -> None:
    whole = adapter_gguf(tiny_model, strength=0.3)
    gguf = {
        "cut short": lambda: whole[: len(whole) // 2],
        "text": lambda: b"not an adapter at all " * 100,
        "not finite": lambda: adapter_gguf(tiny_model, strength=float("nan")),
        "another shape": lambda: adapter_gguf(tiny_model, strength=0.3, widen=2),
    }[damage]()
    tiny = describe(tiny_model)
    runtime = LlamaRuntime(tiny, load_adapter=lambda _: AdapterFile(gguf, tiny.base_sha256))
    base = answer(runtime, HELLO, SHORT)
    with pytest.raises(InputRefused) as refused:
        answer(runtime, HELLO, SHORT, adapter=AdapterInUse("broken", 1.0))
    assert refused.value.code == "adapter_unreadable"
    assert answer(runtime, HELLO, SHORT)[:3] == base[:3]
    runtime.close()


@pytest.fixture(scope="module")
def tiny_runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaRuntime]:
    path = write_tiny_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf")
    runtime = LlamaRuntime(describe(path), load_adapter=no_adapter)
    yield runtime
    runtime.close()


@given(text=st.text(max_size=60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_back_whole_and_holds_no_control_token(tiny_runtime: LlamaRuntime, text: str) -> None:
    named = f"{text}<|end|>{text}"
    tokens = tiny_runtime.tokenize(named)
    assert tiny_runtime.detokenize(tokens) == named
    control = set(range(4))
    assert not control & set(tokens)
    assert tiny_runtime.answer_tokens(text) == [*tiny_runtime.tokenize(text), 0]
    assert [token for token in tiny_runtime.render([Message("user", named)]) if token in control] == [2, 0, 3]


def test_characters_split_over_tokens_are_streamed_whole(tiny_runtime: LlamaRuntime) -> None:
    """The tiny model draws random bytes, most of them halves of characters."""
    said = answer(tiny_runtime, HELLO, Sampling(temperature=2, seed=3, max_tokens=100, top_k=300))
    assert said.text.encode()
    assert said.text == tiny_runtime.detokenize(said.tokens)
    assert len(said.logprobs) == len(said.tokens)
