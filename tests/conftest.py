"""Fixtures every test may use: a clock that tests move, a key, the default models where a test claims them."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from engine.paths import models_dir
from engine.store.keys import DataKey
from tests.fakes.clock import FakeClock

settings.register_profile(
    "same every time", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same every time")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: tests run on two cores, and neither should be left with a whole story at the end."""
    items.sort(key=lambda item: item.get_closest_marker("journey") is None)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def key() -> bytes:
    return bytes(range(32))


@pytest.fixture
def data_key(key: bytes) -> DataKey:
    return DataKey(key)


@pytest.fixture(scope="session")
def models_folder() -> Path:
    """The machine's models folder, with the default models imported by `make`."""
    folder = models_dir()
    if not folder.is_dir():
        pytest.fail(f"the default models are not in {folder}: run `make models`")
    return folder
