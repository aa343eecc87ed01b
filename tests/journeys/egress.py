"""Counts what a command asks of the network: it runs where there is none, and the kernel's record of its calls is read.

Needs Linux with `unshare` and `strace`; no root. What it cannot see: requests made of programs that run already.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

_SILENCERS: Final = re.compile(r"CI|CI_.*|GITHUB_.*|PYTEST_.*|ORT_.*|HF_.*|DO_NOT_TRACK|HOME|XDG_.*|HEARTHSIDE_GUARD")
# Namespaces of its own for users, network and processes: what the command leaves running ends with it.
_APART: Final = ["unshare", "-Urnpf", "--kill-child", "sh", "-c", '"$@"; exit "$?"', "sh"]
# Every thread begins with set_robust_list: with --seccomp-bpf strace stops a new thread at each of its calls until the
# first that is traced, and would stop one that makes none (llama.cpp's, OpenBLAS's) thousands of times a second.
_TRACED: Final = "trace=socket,socketpair,listen,io_uring_setup,set_robust_list"
_STRACE: Final = ["strace", "-D", "-ff", "-yy", "-qq", "-e", "signal=none", "-e", _TRACED]
_CALL: Final = re.compile(r"(?P<name>\w+)\((?P<first>\w*)(?P<rest>.*)")
_REFUSED: Final = re.compile(r"= -1 EACCES\b")
_LOCAL: Final = {"AF_UNIX", "AF_LOCAL"}


class EgressReport(msgspec.Struct, frozen=True, kw_only=True):
    """The calls are lines of strace. `opened` is every attempt at a socket of the internet (or any other family that
    leaves the machine) that the guard did not refuse, whether or not it came to anything; also io_uring, which could
    open sockets unseen. Netlink asks this machine's own kernel. `left_in_home`: the files found in the fresh HOME."""

    opened: list[str]
    refused: list[str]
    netlink: list[str]
    listening: list[str]
    left_in_home: list[str]
    returncode: int
    stdout: str
    stderr: str


def run_without_network(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    guard: bool,
    timeout: float,
    until_attempt: bool = False,
    quick: bool = False,
) -> EgressReport:
    """Run `command` in a network namespace of its own, with a fresh HOME and nothing that keeps packages silent.

    `env` is added to what is left of ours. Without `guard`, the program's own guard is off. With `until_attempt` the
    command is ended at its first attempt at a socket that is not local. With `quick` it runs at nearly its own speed,
    but what the guard refuses is not seen. A death by signal is returncode 128 + its
    number, as a shell says it. Raises TimeoutExpired, leaving nothing running.
    """
    with tempfile.TemporaryDirectory(prefix="egress-") as folder:
        home, traces = Path(folder, "home"), Path(folder, "traces")
        home.mkdir()
        traces.mkdir()
        # Stopping at the traced calls alone is quick, but what the guard's own filter refuses is then never seen.
        stops = ["--seccomp-bpf"] if quick or not guard else []
        trace = [*_STRACE, *stops, "-o", str(traces / "trace")]
        with _started([*_APART, *trace, *map(str, command)], _environment(home, env, guard=guard)) as process:
            if until_attempt:
                _await_attempt(process, traces, timeout)
            stdout, stderr = process.communicate(timeout=timeout)
        calls = _sort(_lines(traces), guard=guard)
        left = sorted(str(path.relative_to(home)) for path in home.rglob("*") if not path.is_dir())
    return EgressReport(
        **calls, left_in_home=left, returncode=process.returncode, stdout=stdout or "", stderr=stderr or ""
    )


def missing_tools() -> list[str]:
    return [tool for tool in ("unshare", "strace") if shutil.which(tool) is None]


def _environment(home: Path, env: Mapping[str, str] | None, *, guard: bool) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not _SILENCERS.fullmatch(name)}
    switch = {} if guard else {"HEARTHSIDE_GUARD": "off"}
    return {**kept, "HOME": str(home), **(env or {}), **switch}


@contextlib.contextmanager
def _started(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _await_attempt(process: subprocess.Popen[str], traces: Path, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while process.poll() is None:
        calls = _sort(_lines(traces), guard=True)
        if calls["opened"] or calls["refused"]:
            os.killpg(process.pid, signal.SIGKILL)
            return
        if time.monotonic() > deadline:
            raise subprocess.TimeoutExpired(process.args, timeout)
        time.sleep(0.1)


def _lines(traces: Path) -> list[str]:
    """One file a thread, so that calls of several never share a line."""
    return [line for file in sorted(traces.iterdir()) for line in file.read_text(errors="replace").splitlines()]


def _sort(lines: Sequence[str], *, guard: bool) -> dict[str, list[str]]:
    calls: dict[str, list[str]] = {"opened": [], "refused": [], "netlink": [], "listening": []}
    for line in lines:
        kind = _kind(line, guard=guard)
        if kind:
            calls[kind].append(line)
    return calls


def _kind(line: str, *, guard: bool) -> str | None:
    call = _CALL.match(line)
    if call is None:
        return None
    name, first = call["name"], call["first"]
    if name == "listen":
        return None if "UNIX" in line else "listening"
    if name == "io_uring_setup":
        return "refused" if "= -1" in line else "opened"
    if name not in {"socket", "socketpair"} or first in _LOCAL:
        return None
    if guard and _REFUSED.search(line):
        return "refused"
    return "netlink" if first == "AF_NETLINK" else "opened"
