"""Adapters for benchmarks: trained as a course trains them, kept by what they were trained on, loaded to be asked."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from engine.learning.course import Unkept
from engine.learning.training.train import General, Trained, TrainingConfig, TrainingExample, train
from engine.learning.values import Example
from engine.models.catalog import Models
from engine.models.llama import LlamaRuntime
from engine.models.values import AdapterFile, AdapterInUse
from engine.progress import Control
from tests.benchmarks.general import general
from tests.benchmarks.kept import Kept
from tests.benchmarks.learning import tell


class Adapters:
    """One base model and what was trained for it. A name says what an adapter learned, and how."""

    def __init__(self, model: str, cache: Path | None) -> None:
        self._model = Models().describe(model)
        self._files: dict[str, bytes] = {}
        self._general: General | None = None
        self.kept = Kept(cache, [self._model.base_sha256, self._model.serving_sha256])
        self.runtime = LlamaRuntime(self._model, load_adapter=self._load, context_tokens=2048)

    def train(self, examples: Sequence[Example], config: TrainingConfig) -> AdapterInUse:
        """The adapter of exactly these examples, each a whole answer with its end, as Course renders them."""
        lessons = [
            TrainingExample(self.runtime.render(one.prompt), self.runtime.answer_tokens(one.target)) for one in examples
        ]
        name = hashlib.sha256(msgspec.msgpack.encode([lessons, config])).hexdigest()[:16]
        done = msgspec.msgpack.decode(
            self.kept.get(f"trained-{name}", lambda: self._made(lessons, config)), type=Trained
        )
        tell(f"{name}: {len(lessons)} examples, {len(done.losses)} steps, {done.seconds:.0f} s")
        self._files[name] = done.gguf
        return AdapterInUse(name, 1.0)

    def close(self) -> None:
        self.runtime.close()

    def _made(self, lessons: list[TrainingExample], config: TrainingConfig) -> bytes:
        self._general = self._general or general(self.runtime)
        done = train(
            self._model,
            lessons,
            config,
            general=self._general,
            checkpoints=Unkept(),
            report=lambda progress: None,
            control=Control(),
        )
        return msgspec.msgpack.encode(done)

    def _load(self, name: str) -> AdapterFile:
        return AdapterFile(self._files[name], self._model.base_sha256)
