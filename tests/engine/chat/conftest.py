"""A chat room on a real database, with a scripted model and documents a test lays out."""

import pytest

from engine.chat import schema as chat_schema
from engine.chat.chat import Chat
from engine.chat.values import Answered, AskOptions
from engine.learning.values import Answering
from engine.memory import schema as memory_schema
from engine.memory.memory import Memory
from engine.settings import Settings
from engine.store.database import Database
from engine.store.unstored import Unstored
from tests.engine.chat.shelf import Shelf
from tests.fakes.embedder import HashingEmbedder
from tests.fakes.runtime import ScriptedRuntime


class Room:
    """Everything a chat needs, and how tests talk to it."""

    def __init__(self, folder, key, clock, *, kept=True):
        self.folder, self.key, self.clock, self.kept = folder, key, clock, kept
        self.answers = []
        self.runtime = ScriptedRuntime(lambda messages, adapter: self.answers.pop(0) if self.answers else "I see.")
        self.shelf = Shelf()
        self.settings = Settings()
        self.adapter = self.arm = self.domain = None
        self.own = False
        self.seeds = iter(range(1000, 2000))
        self.open()

    def open(self):
        migrations = [*chat_schema.MIGRATIONS, *memory_schema.MIGRATIONS]
        self.owner = Database.open(self.folder / "owner.db", self.key, migrations, durable=False)
        self.memory = Memory(self.owner, HashingEmbedder(), self.clock)
        self.database = self.owner if self.kept else Unstored(chat_schema.MIGRATIONS)
        self.chat = Chat(
            self.database,
            self.runtime,
            self.shelf,
            self.memory,
            settings=lambda: self.settings,
            answering=lambda _turn_id, _question: Answering(self.adapter, self.arm, self.domain, self.own),
            clock=self.clock,
            cite=self.shelf.cite,
            draw_seed=lambda: next(self.seeds),
        )

    def reopen(self):
        self.close()
        self.open()

    def close(self):
        self.database.close()
        self.owner.close()

    def says(self, *answers):
        """The model's next answers, in turn."""
        self.answers = list(answers)

    def ask(self, question, thread_id=None, **options):
        return self.done(self.chat.ask(question, thread_id=thread_id, options=AskOptions(**options)))

    def done(self, events):
        *_, last = events
        assert isinstance(last, Answered)
        return last.turn


@pytest.fixture
def stored_room(tmp_path, key, clock):
    room = Room(tmp_path, key, clock)
    yield room
    room.close()


@pytest.fixture(params=["stored", "unstored"])
def room(request, tmp_path, key, clock):
    """Kept in owner.db, and kept nowhere: everything a chat does, it does in both."""
    room = Room(tmp_path, key, clock, kept=request.param == "stored")
    yield room
    room.close()
