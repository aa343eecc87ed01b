"""The whole loop with real workers on a tiny random model: train, gate, use, roll back, kill, forget."""

import pytest

from engine.learning.learning import Learning
from engine.learning.records import schema as learning_schema
from engine.models.llama import LlamaRuntime
from engine.models.values import Message, Sampling, StreamChunk
from engine.privacy import schema as privacy_schema
from engine.store.database import Database
from engine.store.keys import DataKey
from engine.store.sealed import SealedFolder
from tests.engine.learning.school import School
from tests.fakes.embedder import HashingEmbedder
from tests.fakes.tiny_model import describe, write_tiny_model

QUESTION = [Message("user", "How are you?")]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    path = write_tiny_model(tmp_path_factory.mktemp("base") / "tiny.gguf")
    return describe(path)


class Whole(School):
    """The school with nothing pretended."""

    def __init__(self, folder, key, clock, base):
        self.base = base
        super().__init__(folder, key, clock)

    def open(self):
        migrations = [*privacy_schema.MIGRATIONS, *learning_schema.MIGRATIONS]
        self.runtime = LlamaRuntime(self.base, load_adapter=self.load_adapter, threads=1, context_tokens=2048)
        self.database = Database.open(self.folder / "owner.db", self.key, migrations, durable=False)
        self.adapters = SealedFolder(self.folder / "adapters", DataKey(self.key))
        self.checkpoints = SealedFolder(self.folder / "checkpoints", DataKey(self.key))
        self.learning = Learning(
            self.database,
            self.runtime,
            self.adapters,
            self.checkpoints,
            HashingEmbedder(),
            prompt_of=self.prompts.get,
            is_off_limits=self.off_limits.__contains__,
            clock=self.clock,
        )

    def close(self):
        self.runtime.close()
        self.database.close()

    def tokens(self):
        """What the model says now, greedily, from an empty cache."""
        self.runtime.close()
        chunks = self.runtime.stream(
            QUESTION, Sampling(temperature=0, max_tokens=40), adapter=self.learning.versions.active()
        )
        return [token for chunk in chunks if isinstance(chunk, StreamChunk) for token in chunk.tokens]


@pytest.fixture
def whole(tmp_path, key, clock, base):
    whole = Whole(tmp_path, key, clock, base)
    whole.learning.turn_on()
    yield whole
    whole.close()


def test_an_owner_teaches_uses_takes_back_and_forgets(whole):
    corrected = [whole.correct(number, f"aaaaaaaaaaaaaaaaaaaaa {number}") for number in range(40)]
    plain = whole.tokens()

    report = whole.learning.train(layers=2)
    assert (report.examples, report.held_out) == (32, 8)
    assert report.gate.verdict == "promote", report.gate.reasons
    assert whole.tokens() == plain

    whole.learning.versions.promote(report.adapter)
    taught = whole.tokens()
    assert taught != plain
    whole.close()
    whole.open()
    assert whole.tokens() == taught

    assert whole.learning.versions.roll_back() is None
    assert whole.tokens() == plain

    whole.learning.versions.promote(report.adapter)
    sealed = (whole.folder / "adapters" / report.adapter).read_bytes()
    assert b"GGUF" not in sealed
    assert whole.forget(feedback_id=corrected[0].id).adapters_destroyed == [report.adapter]
    assert whole.learning.versions.active() is None
    assert whole.tokens() == plain
    assert list((whole.folder / "adapters").iterdir()) == []
