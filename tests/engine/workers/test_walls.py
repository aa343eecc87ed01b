import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.workers.values import Walls
from engine.workers.walls import tried

ROOT = Path(__file__).parents[3]
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has these walls")


@linux_only
def test_they_hold_here():
    assert tried() == Walls(files=True, network=True, programs=True, memory=True)
    assert tried().open == []


@linux_only
def test_those_that_were_turned_off_are_named():
    code = "from engine.workers.walls import tried; print(tried().open)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "HEARTHSIDE_GUARD": "off", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "['network', 'programs']"


@linux_only
def test_a_kernel_without_landlock_is_told_from_one_with_it(monkeypatch):
    """Where nothing holds a child, it finds nothing refused."""
    from engine.progress import Control
    from engine.workers import walls_service
    from engine.workers.service import Context

    [found] = walls_service.service().handle(walls_service.Try(), Context(Control()))
    assert not found.files
    assert not found.programs
    assert not found.memory
