"""The fake runtime keeps the contract's promises."""

import pytest

from engine.models.values import AdapterFile
from tests.conformance.runtime import RuntimeConformance, Subject
from tests.fakes.runtime import BASE_SHA256, NO_EFFECT, ScriptedRuntime

ADAPTERS = {
    "one": AdapterFile(b"one", BASE_SHA256),
    "other": AdapterFile(b"other", BASE_SHA256),
    "nothing": AdapterFile(NO_EFFECT, BASE_SHA256),
    "foreign": AdapterFile(b"one", "f0" * 32),
}


class TestScriptedRuntime(RuntimeConformance):
    @pytest.fixture
    def subject(self) -> Subject:
        runtime = ScriptedRuntime(load_adapter=ADAPTERS.__getitem__, lifts={"one": 0.3, "other": 0.5})
        return Subject(runtime, runtime.crash, runtime.detokenize)
