"""The egress filter: every process installs it before any other import, and the kernel then refuses it the network.

On Linux (x86_64, aarch64) a seccomp filter allows sockets of the family AF_UNIX alone and no io_uring, for all
threads and for whatever the process starts. It is a wall against our own dependencies: it does not stop what another
program does when asked over a local socket (a browser opening a link, a name looked up by a system service).
Elsewhere only the environment is set, so that packages known to phone home stay silent.
"""

import errno
import os
from typing import Final

from engine import seccomp
from engine.seccomp import (
    ALLOW,
    ARCHITECTURE,
    AT_LEAST,
    EQUAL,
    FIRST_ARGUMENT,
    KILL_PROCESS,
    LOAD,
    NUMBER,
    REFUSE,
    RETURN,
)

_QUIET: Final = {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_WAIT_POLICY": "passive",  # beside another busy process, spinning threads starve each other
}

_AF_UNIX: Final = 1
_IO_URING_SETUP: Final = 425  # the same number on every architecture
_FIRST_X32_CALL: Final = 0x4000_0000
_NO_FAMILY: Final = 0xFFFF_FFFF

# machine: the numbers of socket and socketpair
_CALLS: Final = {"x86_64": (41, 53), "aarch64": (198, 199)}

_filtered: set[int] = set()  # the filters in force, by the one family each allows


def install() -> bool:
    """Silence packages that phone home and refuse the network. Returns whether the kernel refuses it from now on.

    HEARTHSIDE_GUARD=off leaves the kernel's part out: for the tests that count what is attempted without it.
    """
    os.environ.update(_QUIET)
    return refuse_network()


def refuse_network(*, local_too: bool = False) -> bool:
    """The kernel's part of `install`. It cannot be taken back; doing it twice changes nothing.

    `local_too` refuses sockets of the family AF_UNIX as well: for processes that need nobody but their parent.
    """
    machine = seccomp.machine()
    if machine is None:
        return False
    family = _NO_FAMILY if local_too else _AF_UNIX
    if family not in _filtered and seccomp.load(_filter(machine, family)):
        _filtered.add(family)
    return family in _filtered


def _filter(machine: str, family: int) -> list[seccomp.Instruction]:
    """Another architecture's calls (32-bit) would be numbered otherwise, so they end the process; x32 calls look like
    kernels that were built without them."""
    socket, socketpair = _CALLS[machine]
    return [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, seccomp.ARCHITECTURES[machine]),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 7, 0, _FIRST_X32_CALL),
        (EQUAL, 6, 0, _IO_URING_SETUP),
        (EQUAL, 2, 0, socket),
        (EQUAL, 1, 0, socketpair),
        (RETURN, 0, 0, ALLOW),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (EQUAL, 2, 0, family),
        (RETURN, 0, 0, REFUSE | errno.EACCES),
        (RETURN, 0, 0, REFUSE | errno.ENOSYS),
        (RETURN, 0, 0, ALLOW),
    ]
