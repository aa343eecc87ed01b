"""A model small enough to be imported and loaded in every test."""

from pathlib import Path

import pytest

from engine.models.catalog import Models
from tests.fakes.tiny_model import write_tiny_model


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "tiny.gguf")


@pytest.fixture
def models(tmp_path: Path) -> Models:
    return Models(tmp_path / "models")
