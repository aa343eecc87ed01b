"""llama.cpp with the real default model keeps the contract's promises, and some of its own."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.models.catalog import Models
from engine.models.llama import LlamaRuntime
from engine.models.values import AdapterFile, ModelDescription
from tests.conformance.runtime import RuntimeConformance, Subject
from tests.fakes.adapter_gguf import adapter_gguf

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def description(models_folder: Path) -> ModelDescription:
    return Models(models_folder).describe("smollm2-135m-instruct")


@pytest.fixture(scope="module")
def adapters(description: ModelDescription) -> dict[str, AdapterFile]:
    base, sha256 = Path(description.base_path), description.base_sha256
    one = adapter_gguf(base, strength=0.3, seed=1)
    return {
        "one": AdapterFile(one, sha256),
        "other": AdapterFile(adapter_gguf(base, strength=0.3, seed=2), sha256),
        "nothing": AdapterFile(adapter_gguf(base, strength=0), sha256),
        "foreign": AdapterFile(one, "f0" * 32),
    }


@pytest.fixture(scope="module")
def runtime(description: ModelDescription, adapters: dict[str, AdapterFile]) -> Iterator[LlamaRuntime]:
    runtime = LlamaRuntime(description, load_adapter=adapters.__getitem__)
    yield runtime
    runtime.close()


def kill(runtime: LlamaRuntime) -> None:
    assert runtime.pid is not None
    os.kill(runtime.pid, signal.SIGKILL)


class TestLlamaRuntime(RuntimeConformance):
    @pytest.fixture
    def subject(self, runtime: LlamaRuntime) -> Subject:
        return Subject(runtime, lambda: kill(runtime), runtime.detokenize)
