"""The keyring lock, against a real gnome-keyring in a session of its own, and where there is none at all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import KeyProblem
from engine.paths import ProfilePaths
from engine.store import keys, os_keyring
from engine.store.values import ProfileState, WithKeyring

ROOT = Path(__file__).parents[3]
INSIDE = Path(__file__).with_name("keyring_session.py")


@pytest.mark.skipif(sys.platform != "linux", reason="the Secret Service is Linux's keyring")
def test_with_a_real_keyring(tmp_path: Path) -> None:
    if not (shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon")):
        pytest.fail("this test needs a keyring: apt-get install dbus-daemon gnome-keyring")
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(runtime)}
    # keyring leaves its D-Bus socket to the garbage collector when it is refused: not our leak
    tolerated = ["-W", "ignore::ResourceWarning", "-W", "ignore::pytest.PytestUnraisableExceptionWarning"]
    inner = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *tolerated, str(INSIDE)]
    done = subprocess.run(
        ["dbus-run-session", "--", *inner], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout


@pytest.fixture
def _no_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/no-bus")


@pytest.mark.usefixtures("_no_keyring")
@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have their keyring")
@pytest.mark.parametrize("configured", ["", "keyring.backends.null.Keyring", "keyring.backends.fail.Keyring"])
def test_without_a_keyring_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configured: str) -> None:
    if configured:
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", configured)
    paths = ProfilePaths(tmp_path / "profile")
    with pytest.raises(KeyProblem, match="keyring_absent"):
        keys.create(paths, WithKeyring())
    assert keys.find(paths).state is ProfileState.ABSENT
    assert not paths.keys.exists()


def test_only_the_systems_own_keyrings_are_ever_asked() -> None:
    for name in os_keyring._TRUSTED:
        assert name.startswith("keyring.backends.")
        assert not {"null", "fail", "chainer"} & set(name.split("."))
