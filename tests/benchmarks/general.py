"""The base model's own answers that a training replays, made as the product makes them."""

import tempfile
from pathlib import Path

from engine.chat.prompt import wording
from engine.learning import schema
from engine.learning.replay import Replay
from engine.learning.train import General
from engine.models.llama import LlamaRuntime
from engine.progress import Control
from engine.store.database import Database


def general(runtime: LlamaRuntime) -> General:
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(Path(folder) / "owner.db", bytes(32), schema.MIGRATIONS, durable=False)
        try:
            return Replay(database, runtime, wording("system")).general(Control())
        finally:
            database.close()
