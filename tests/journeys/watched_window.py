"""A whole story at the window, on a real X server, with the real default model, and nothing asked of any network."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.journeys import x_server
from tests.journeys.egress import missing_tools, run_without_network
from tests.journeys.stories import STORIES

MARKS = [
    pytest.mark.journey,
    pytest.mark.model,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(sys.platform != "linux", reason="reads the calls as Linux records them"),
]
ROOT = Path(__file__).parent.parent.parent
IDLE_S = os.environ.get("HEARTHSIDE_IDLE_S", "60")
# What it may leave behind: its own, and the caches that fontconfig and Qt keep of this machine's fonts.
_LEFT = (".local/share/hearthside/", ".cache/hearthside/", ".cache/fontconfig/", ".cache/qt")


def tell(story: str, folder: Path, models: Path, *, guard: bool) -> None:
    """Tell it, training included, and fail on anything that left the machine or stayed in the home."""
    lacking = [*missing_tools(), *(["Xvfb"] if x_server.missing() else [])]
    if lacking:
        pytest.fail(f"needs {lacking}: run `make test`")
    with x_server.x_server() as display:
        report = run_without_network(
            [sys.executable, "-m", "tests.journeys.window_story", story, folder, "--idle", IDLE_S],
            env={
                "PYTHONPATH": str(ROOT),
                "HEARTHSIDE_MODELS": str(models),
                "DISPLAY": display,
                "QT_QPA_PLATFORM": "xcb",
                "HEARTHSIDE_TRACEBACK": "1",
                "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere",  # this owner has no keyring, whoever runs the test
            },
            guard=guard,
            timeout=1400,
            quick=True,
        )
    print(report.stdout, report.stderr)
    assert report.returncode == 0, report.stderr
    assert report.opened == [], report.opened
    assert report.listening == []
    chapters = [json.loads(line) for line in report.stdout.splitlines()]
    assert [chapter["chapter"] for chapter in chapters] == [*STORIES[story]]
    assert [name for name in report.left_in_home if not name.startswith(_LEFT)] == []
