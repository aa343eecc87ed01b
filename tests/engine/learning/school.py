"""A learning room on a real database, with a scripted model and a trainer that only pretends."""

import hashlib
import json

import msgspec

from engine.errors import Interrupted
from engine.learning.learning import Learning
from engine.learning.records import schema as learning_schema
from engine.learning.training.train import Trained
from engine.learning.values import Retention, TrainingProgress
from engine.models.values import Message
from engine.privacy import schema as privacy_schema
from engine.privacy.masking import without_names
from engine.settings import Settings
from engine.store.database import Database
from engine.store.keys import DataKey
from engine.store.sealed import SealedFolder
from tests.fakes.embedder import HashingEmbedder
from tests.fakes.runtime import ScriptedRuntime


class Route(msgspec.Struct, frozen=True):
    documents: bool = False
    adapter: str | None = None
    domain: str | None = None


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a chat's turn as learning sees."""

    id: str
    thread_id: str
    answer: str
    draft: str
    route: Route = Route()


class PretendTrainer:
    """Keeps what it was given. `stop_after_checkpoint` ends as a cancel does; `during` is called while it "trains"."""

    def __init__(self):
        self.calls = []
        self.tunings = []
        self.loses = lambda config, place: 2.0  # nat a target token of a tuning example
        self.configs = []
        self.resumed_from = []
        self.stop_after_checkpoint = False
        self.during = lambda: None

    def __call__(self, model, examples, config, *, general, checkpoints, report, control, tuning=()):
        self.calls.append(list(examples))
        self.tunings.append(list(tuning))
        self.general, self.control = general, control
        self.configs.append(config)
        self.resumed_from.append(checkpoints.load())
        report(TrainingProgress(phase="training", step=1, steps=2, loss=3.0, tokens_per_s=100.0, eta_s=1.0))
        checkpoints.save(b"half way")
        self.during()
        if self.stop_after_checkpoint:
            raise Interrupted
        control.checkpoint()
        learned = hashlib.sha256(msgspec.json.encode([model.base_sha256, examples, config])).digest()
        losses = [self.loses(config, place) for place in range(len(tuning))]
        far = 0.01 * config.epochs / config.replay_weight
        return Trained(learned, [3.0, 2.0], tokens=200, seconds=2.0, divergences=[0.01, far], tuning_losses=losses)


class School:
    """Everything learning needs, and how tests talk to it."""

    migrations = [*privacy_schema.MIGRATIONS, *learning_schema.MIGRATIONS]

    def __init__(self, folder, key, clock):
        self.folder, self.key, self.clock = folder, key, clock
        self.prompts = {}
        self.off_limits = set()
        self.given = []
        self.retention = Retention()
        self.searches = False
        self.mask = without_names
        self.share = 0.0
        self.try_retrieval = 0.0
        self.trainer = PretendTrainer()
        self.runtime = ScriptedRuntime(lambda messages, adapter: "I see.", load_adapter=self.load_adapter)
        self.adapters = SealedFolder(folder / "adapters", DataKey(key))
        self.checkpoints = SealedFolder(folder / "checkpoints", DataKey(key))
        self.open()

    def open(self):
        self.database = Database.open(self.folder / "owner.db", self.key, self.migrations, durable=False)
        self.learning = Learning(
            self.database,
            self.runtime,
            self.adapters,
            self.checkpoints,
            HashingEmbedder(),
            prompt_of=self.prompts.get,
            is_off_limits=self.off_limits.__contains__,
            clock=self.clock,
            trainer=self.trainer,
            answers=self.answers,
            given=lambda: self.given,
            settings=self.settings,
            mask=self.masked,
        )

    def settings(self):
        return Settings(
            keep_feedback_days=self.retention.days,
            keep_feedback_items=self.retention.items,
            search_training=self.searches,
            side_by_side=self.share,
            try_retrieval=self.try_retrieval,
        )

    def load_adapter(self, adapter_id):
        return self.learning.versions.file(adapter_id)

    def answers(self):
        """Nobody is asked here."""
        return {}

    def masked(self, texts):
        return self.mask(texts)

    def reopen(self):
        self.database.close()
        self.open()

    def turn(self, number, *, thread=None, answer="The draft.", draft=None, question=None, prompt=None, route=None):
        turn = Turn(
            id=f"turn-{number}",
            thread_id=thread or f"thread-{number}",
            answer=answer,
            draft=draft or "The draft.",
            route=route or Route(),
        )
        self.prompts[turn.id] = prompt or [Message("user", question or f"Question {number}?")]
        return turn

    def correct(self, number, final=None, **turn):
        return self.learning.capture.correct(self.turn(number, answer=final or f"What I meant, {number}.", **turn))

    def corrections(self, count, start=0):
        return [self.correct(number) for number in range(start, start + count)]

    def forget(self, **named):
        return self.learning.forget(self.learning.capture.feedback(**named))

    def file(self, *lines):
        path = self.folder / "feedback.jsonl"
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path.write_text("\n".join(texts), encoding="utf-8")
        return path

    def actions(self):
        """The audit trail's actions, oldest first."""
        return [entry.action for entry in self.learning.report().audit[::-1]]


def become(school, **changes):
    """The runtime now serves another file."""
    description = msgspec.structs.replace(school.runtime.description, **changes)

    class Other(type(school.runtime)):
        @property
        def description(self):
            return description

    school.runtime.__class__ = Other
