"""Hearthside in the menus of real file managers: the switch puts it there, a choice in the menu reaches the window."""

import os
import shutil
import subprocess
import sys
import tempfile

import pytest

from tests.journeys import x_server
from tests.journeys.command_line import ROOT
from tests.journeys.file_managers import PROGRAMS

pytestmark = [
    pytest.mark.journey,
    pytest.mark.model,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform != "linux", reason="file managers of Linux desktops"),
]


def test_the_menus_of_thunar_and_pcmanfm_qt_index_ask_and_remove(tmp_path, models_folder):
    lacking = [
        program for program in ("Xvfb", "xdotool", "dbus-run-session", *PROGRAMS) if shutil.which(program) is None
    ]
    if lacking:
        pytest.skip(f"needs {lacking}: `make test` installs them where it may")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    (tmp_path / "home").mkdir()
    with tempfile.TemporaryDirectory() as run, x_server.x_server() as display:  # a socket's path must be short
        environment = {
            "HOME": str(tmp_path / "home"),
            "XDG_RUNTIME_DIR": run,
            "HEARTHSIDE_MODELS": str(models_folder),
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "NO_AT_BRIDGE": "1",
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere",  # this owner has no keyring, whoever runs the test
        }
        pictures = ["--pictures", os.environ["HEARTHSIDE_PICTURES"]] if "HEARTHSIDE_PICTURES" in os.environ else []
        told = subprocess.run(
            [sys.executable, "-m", "tests.journeys.window_story", "menu", tmp_path / "home", *pictures],
            env={**kept, **environment}, cwd=ROOT, capture_output=True, text=True, timeout=500, check=False,
        )  # fmt: skip
    print(told.stdout, told.stderr)
    assert told.returncode == 0, told.stderr
