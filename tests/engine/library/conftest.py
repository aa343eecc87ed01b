from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.library.library import Library
from engine.library.schema import MIGRATIONS
from engine.store.database import Database
from tests.fakes.clock import FakeClock
from tests.fakes.embedder import HashingEmbedder


@pytest.fixture
def database(tmp_path: Path, key: bytes) -> Iterator[Database]:
    with Database.open(tmp_path / "library.db", key, MIGRATIONS, durable=False) as opened:
        yield opened


@pytest.fixture
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


@pytest.fixture
def library(database: Database, embedder: HashingEmbedder, clock: FakeClock) -> Library:
    return Library(database, embedder, text_limit_mb=1, clock=clock)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that the test fills and the library reads."""
    made = tmp_path / "documents"
    made.mkdir()
    return made
