"""The egress filter: every process installs it before any other import, and the kernel then refuses it the network.

On Linux (x86_64, aarch64) a seccomp filter allows sockets of the family AF_UNIX alone and no io_uring, for all
threads and for whatever the process starts. It is a wall against our own dependencies: it does not stop what another
program does when asked over a local socket (a browser opening a link, a name looked up by a system service).
Elsewhere only the environment is set, so that packages known to phone home stay silent.
"""

import ctypes
import os
import platform
import sys
from typing import Final

_QUIET: Final = {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_WAIT_POLICY": "passive",  # beside another busy process, spinning threads starve each other
}

_PR_SET_NO_NEW_PRIVS: Final = 38
_SECCOMP_SET_MODE_FILTER: Final = 1
_SECCOMP_FILTER_FLAG_TSYNC: Final = 1
_AF_UNIX: Final = 1
_IO_URING_SETUP: Final = 425  # the same number on every architecture
_FIRST_X32_CALL: Final = 0x4000_0000

_ALLOW: Final = 0x7FFF_0000
_KILL_PROCESS: Final = 0x8000_0000
_REFUSE: Final = 0x0005_0000  # with an errno in the low bits
_EACCES: Final = 13
_ENOSYS: Final = 38

_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K

# machine: (AUDIT_ARCH_*, then the numbers of seccomp, socket and socketpair)
_CALLS: Final = {"x86_64": (0xC000_003E, 317, 41, 53), "aarch64": (0xC000_00B7, 277, 198, 199)}

_NO_FAMILY: Final = 0xFFFF_FFFF

_filtered: set[int] = set()  # the filters in force, by the one family each allows


class _Instruction(ctypes.Structure):
    _fields_ = [  # struct sock_filter
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("operand", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction))]  # struct sock_fprog


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
    if os.environ.get("HEARTHSIDE_GUARD") == "off" or not sys.platform.startswith("linux"):
        return False
    if platform.machine() not in _CALLS or sys.maxsize < 2**32:
        return False
    family = _NO_FAMILY if local_too else _AF_UNIX
    if family not in _filtered and _load(*_CALLS[platform.machine()], family):
        _filtered.add(family)
    return family in _filtered


def _load(architecture: int, seccomp: int, socket: int, socketpair: int, family: int) -> bool:
    filters = _filter(architecture, socket, socketpair, family)
    program = _Program(len(filters), (_Instruction * len(filters))(*(_Instruction(*one) for one in filters)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)):
        return False
    answer = libc.syscall(
        ctypes.c_long(seccomp),
        ctypes.c_ulong(_SECCOMP_SET_MODE_FILTER),
        ctypes.c_ulong(_SECCOMP_FILTER_FLAG_TSYNC),
        ctypes.byref(program),
    )
    return bool(answer == 0)


def _filter(architecture: int, socket: int, socketpair: int, family: int) -> list[tuple[int, int, int, int]]:
    """Instructions over struct seccomp_data: the call's number at 0, the architecture at 4, its first argument at 16.

    Jumps count the instructions skipped. Another architecture's calls (32-bit) would be numbered otherwise, so they
    end the process; x32 calls look like kernels that were built without them.
    """
    return [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, 0),
        (_AT_LEAST, 7, 0, _FIRST_X32_CALL),
        (_EQUAL, 6, 0, _IO_URING_SETUP),
        (_EQUAL, 2, 0, socket),
        (_EQUAL, 1, 0, socketpair),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, 16),
        (_EQUAL, 2, 0, family),
        (_RETURN, 0, 0, _REFUSE | _EACCES),
        (_RETURN, 0, 0, _REFUSE | _ENOSYS),
        (_RETURN, 0, 0, _ALLOW),
    ]
