"""Seccomp filters: from the moment one is loaded, the kernel answers some calls of this process with an error.

A filter is a list of BPF instructions over struct seccomp_data: the call's number at NUMBER, the architecture at
ARCHITECTURE, the low half of its first argument at FIRST_ARGUMENT. Jumps count the instructions skipped.
"""

import ctypes
import os
import platform
import sys
from collections.abc import Sequence
from typing import Final

Instruction = tuple[int, int, int, int]  # code, skipped if true, skipped if false, operand

NUMBER: Final = 0
ARCHITECTURE: Final = 4
FIRST_ARGUMENT: Final = 16

LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
ANY_BIT: Final = 0x45  # BPF_JMP | BPF_JSET | BPF_K
RETURN: Final = 0x06  # BPF_RET | BPF_K

ALLOW: Final = 0x7FFF_0000
KILL_PROCESS: Final = 0x8000_0000
REFUSE: Final = 0x0005_0000  # with an errno in the low bits

ARCHITECTURES: Final = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}  # AUDIT_ARCH_* of each machine that is known

_SECCOMP: Final = {"x86_64": 317, "aarch64": 277}
_SET_MODE_FILTER: Final = 1
_FOR_ALL_THREADS: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38


class _Instruction(ctypes.Structure):
    _fields_ = [  # struct sock_filter
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("operand", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction))]  # struct sock_fprog


def machine() -> str | None:
    """The key of this machine in tables of call numbers; None where filters are not known or turned off.

    HEARTHSIDE_GUARD=off turns them off: for the tests that count what is attempted without them.
    """
    if os.environ.get("HEARTHSIDE_GUARD") == "off" or not sys.platform.startswith("linux") or sys.maxsize < 2**32:
        return None
    return platform.machine() if platform.machine() in ARCHITECTURES else None


def load(instructions: Sequence[Instruction]) -> bool:
    """Hold all threads, and whatever the process starts, to this filter for good. Returns whether the kernel does."""
    program = _Program(
        len(instructions), (_Instruction * len(instructions))(*(_Instruction(*one) for one in instructions))
    )
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)):
        return False
    answer = libc.syscall(
        ctypes.c_long(_SECCOMP[platform.machine()]),
        ctypes.c_ulong(_SET_MODE_FILTER),
        ctypes.c_ulong(_FOR_ALL_THREADS),
        ctypes.byref(program),
    )
    return bool(answer == 0)
