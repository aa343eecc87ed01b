"""The harness that watches for egress must itself be able to catch it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.egress import EgressReport, missing_tools, run_without_network

ROOT = Path(__file__).parent.parent.parent
CONTROL = ROOT / ".venv-control/bin/python"
PHONES_HOME = Path(__file__).parent / "phones_home.py"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the calls as Linux records them")


@pytest.fixture(autouse=True, scope="module")
def _tools():
    if missing_tools():
        pytest.fail(f"needs {missing_tools()}: run `make test`")


def watch(code: str, *, guard: bool = False, **env: str) -> EgressReport:
    code = f"import os, socket\nfrom engine import guard\nguard.install()\n{code}"
    command = [sys.executable, "-c", code]
    return run_without_network(command, env={"PYTHONPATH": str(ROOT), **env}, guard=guard, timeout=60)


def test_internet_socket_is_caught():
    report = watch("socket.socket(); socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)")
    assert [line.split(",")[0] for line in report.opened] == ["socket(AF_INET", "socket(AF_INET6"]
    assert report.returncode == 0


def test_name_looked_up_is_caught():
    report = watch("try: socket.getaddrinfo('example.invalid', 80)\nexcept OSError: print('no network')")
    assert report.opened
    assert report.stdout == "no network\n"


def test_socket_opened_by_a_program_it_starts_is_caught():
    assert watch(
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import socket; socket.socket()'])"
    ).opened


def test_local_sockets_do_not_count():
    report = watch("socket.socketpair(); s = socket.socket(socket.AF_UNIX); s.bind('\\0here'); s.listen()")
    assert (report.opened, report.refused, report.listening, report.netlink) == ([], [], [], [])
    assert report.returncode == 0


def test_listening_is_told_apart():
    assert len(watch("s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()").listening) == 1


def test_netlink_is_told_apart():
    report = watch("socket.socket(socket.AF_NETLINK)")
    assert (len(report.netlink), report.opened) == (1, [])


def test_what_the_guard_refuses_is_told_apart():
    report = watch("socket.socket()", guard=True)
    assert (report.opened, len(report.refused)) == ([], 1)
    assert report.returncode == 1
    assert "PermissionError" in report.stderr


def test_nothing_that_keeps_packages_silent_gets_in(monkeypatch):
    for name in ("CI", "PYTEST_CURRENT_TEST", "ORT_DISABLE_TELEMETRY", "XDG_DATA_HOME", "HEARTHSIDE_GUARD"):
        monkeypatch.setenv(name, "1")
    code = (
        "print(sorted(name for name in os.environ if name in {'CI', 'PYTEST_CURRENT_TEST', 'XDG_DATA_HOME', 'GIVEN'}))"
    )
    assert watch(code, guard=True, GIVEN="1").stdout == "['GIVEN']\n"


def test_files_left_in_the_fresh_home_are_told():
    assert watch("open(os.path.expanduser('~/.deviceid'), 'w').close()").left_in_home == [".deviceid"]


def test_daemon_left_behind_ends_with_the_command():
    code = "import subprocess; subprocess.Popen(['sleep', '1000'], start_new_session=True)"
    assert watch(code).returncode == 0


def test_death_by_signal_is_told():
    assert watch("os.kill(os.getpid(), 9)").returncode == 128 + 9


def test_command_that_takes_too_long_is_ended_with_its_children():
    code = "import subprocess, time; subprocess.Popen(['sleep', '1000']); print(1, flush=True); time.sleep(1000)"
    with pytest.raises(subprocess.TimeoutExpired):
        run_without_network([sys.executable, "-c", code], guard=False, timeout=2)


@pytest.fixture(scope="module")
def control() -> Path:
    if not CONTROL.exists():
        pytest.fail(f"{CONTROL} is missing: run `make test`")
    return CONTROL


@pytest.mark.journey
@pytest.mark.parametrize("guard", [False, True])
def test_package_known_to_phone_home_is_caught(control, guard):
    env = {"PYTHONPATH": str(ROOT)}
    report = run_without_network([control, PHONES_HOME], env=env, guard=guard, timeout=120, until_attempt=True)
    assert bool(report.opened) is not guard
    assert bool(report.refused) is guard


@pytest.mark.parametrize(("part", "silent"), [("refuse_network", False), ("install", True)])
def test_package_known_to_phone_home_leaves_no_device_id_when_asked_to_be_silent(control, part, silent):
    code = f"""
from engine import guard
guard.{part}()
from onnxruntime import InferenceSession
from tests.journeys.phones_home import identity_model
InferenceSession(identity_model())
"""
    report = run_without_network([control, "-c", code], env={"PYTHONPATH": str(ROOT)}, guard=False, timeout=60)
    assert report.returncode == 0, report.stderr
    assert any("deviceid" in file for file in report.left_in_home) is not silent
