import ast
import json
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import guard, seccomp
from tests.engine.kernel import answer

ROOT = Path(guard.__file__).parent.parent
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part is Linux's own")
x86_only = pytest.mark.skipif(platform.machine() != "x86_64", reason="an escape of x86_64 only")

TRY = """
import ctypes, json, os, socket, subprocess, sys, threading
from engine import guard
def attempt(*kind):
    try:
        socket.socket(*kind).close()
    except OSError as error:
        return error.errno
    return 0
def call(*numbers):
    libc = ctypes.CDLL(None, use_errno=True)
    return 0 if libc.syscall(*map(ctypes.c_long, numbers)) >= 0 else ctypes.get_errno()
def tell(value):
    print(json.dumps(value))
"""


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: a filter cannot be taken back."""
    bare = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **environment}
    return subprocess.run([sys.executable, "-c", TRY + code], env=bare, capture_output=True, text=True, check=False)


def told(code: str, **environment: str) -> object:
    done = run(code, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@linux_only
def test_every_family_but_local_is_refused():
    results = told("assert guard.install(); tell({family: attempt(family, 2) for family in range(46)})")
    assert results.pop("1") == 0
    assert set(results.values()) == {13}


@linux_only
def test_local_sockets_work():
    told("assert guard.install(); a, b = socket.socketpair(); a.send(b'x'); tell(b.recv(1).decode())")


@linux_only
def test_threads_that_run_already_are_held_too():
    code = """
ready, results = threading.Event(), []
thread = threading.Thread(target=lambda: (ready.wait(), results.append(attempt())))
thread.start(); guard.install(); ready.set(); thread.join()
tell(results)
"""
    assert told(code) == [13]


@linux_only
def test_programs_it_starts_are_held_too():
    code = """
guard.install()
done = subprocess.run([sys.executable, "-c", "import socket; socket.socket()"], capture_output=True, text=True)
tell(done.stderr.splitlines()[-1])
"""
    assert "PermissionError" in str(told(code))


@linux_only
def test_io_uring_looks_absent():
    assert told("guard.install(); tell(call(425, 1, 0))") == 38


@linux_only
@x86_only
def test_x32_calls_look_absent():
    assert told("guard.install(); tell(call(0x40000000 + 41, 2, 1, 0))") == 38


@linux_only
@x86_only
def test_calls_of_32_bit_programs_end_the_process():
    code = """
import mmap
guard.install()
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(bytes.fromhex("b814000000 cd80 c3"))  # mov eax, getpid; int 0x80; ret
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
"""
    assert run(code).returncode in {-signal.SIGSYS, -signal.SIGSEGV}  # the second where the kernel has no 32-bit calls


@linux_only
def test_the_process_can_gain_no_privileges():
    status = str(told("guard.install(); tell(open('/proc/self/status').read())"))
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status


@linux_only
def test_installing_twice_adds_nothing():
    code = "print(guard.install(), guard.install()); tell(open('/proc/self/status').read())"
    answers, status = run(code).stdout.split("\n", 1)
    assert answers == "True True"
    assert "Seccomp_filters:\\t1" in status


@linux_only
def test_local_sockets_can_be_refused_too():
    assert told("guard.install(); assert guard.refuse_network(local_too=True); tell(attempt(1))") == 13


def test_off_leaves_sockets_but_keeps_packages_silent():
    code = "tell([guard.install(), attempt(), os.environ['ORT_DISABLE_TELEMETRY'], os.environ['HF_HUB_OFFLINE']])"
    assert told(code, HEARTHSIDE_GUARD="off") == [False, 0, "1", "1"]


def test_the_guard_loads_nothing_third_party():
    code = "print(json.dumps(sorted(sys.modules))); from engine import guard; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", f"import json, sys; {code}"], cwd=ROOT, capture_output=True, check=True
    )
    before, after = map(json.loads, done.stdout.splitlines())
    loaded = {name.partition(".")[0] for name in set(after) - set(before)} - {"engine"}
    assert loaded <= sys.stdlib_module_names


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@given(number=st.integers(0, 2**32 - 1), family=st.integers(0, 2**32 - 1))
@example(number=41, family=2)
@example(number=53, family=1)
@example(number=198, family=10)
@example(number=425, family=1)
def test_filter_lets_everything_pass_but_other_sockets_and_io_uring(machine, number, family):
    architecture = seccomp.ARCHITECTURES[machine]
    filters = guard._filter(machine, 1)
    if number >= 0x40000000 or number == 425:
        expected = 0x50000 | 38
    elif number in guard._CALLS[machine] and family != 1:
        expected = 0x50000 | 13
    else:
        expected = 0x7FFF0000
    assert answer(filters, number, architecture, family) == expected
    assert answer(filters, number, architecture ^ 1, family) == 0x80000000


@pytest.mark.parametrize("entry", ["engine/__main__.py", "app/__main__.py", "engine/workers/child.py"])
def test_every_entry_imports_the_guard_first(entry):
    tree = ast.parse((ROOT / entry).read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    first = min(imports, key=lambda node: node.lineno)
    assert ast.unparse(first) == "from engine import guard"
    installs = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "guard.install"
    ]
    second = min((node.lineno for node in imports if node is not first), default=sys.maxsize)
    assert min(installs) < second


@linux_only
@pytest.mark.parametrize(("machine", "known"), [("x86_64", True), ("aarch64", True), ("riscv64", False)])
def test_only_machines_whose_calls_are_known_are_filtered(machine, known, monkeypatch):
    loaded: list[object] = []
    monkeypatch.setattr(guard, "_filtered", set())
    monkeypatch.setattr(seccomp, "load", lambda filters: loaded.append(filters) or True)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.delenv("HEARTHSIDE_GUARD", raising=False)
    assert guard.refuse_network() is known
    assert len(loaded) == known
