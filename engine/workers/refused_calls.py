"""Calls that a confined child is refused because no path stands in their way: programs, other processes, attributes.

Landlock judges paths that are opened. It does not judge chmod or utime, a signal or a new process on an older kernel,
the kernel's keyrings or shared memory; a second filter refuses those with EPERM.
"""

import errno
import os
from typing import Final

from engine import seccomp
from engine.seccomp import (
    ALLOW,
    ANY_BIT,
    ARCHITECTURE,
    EQUAL,
    FIRST_ARGUMENT,
    KILL_PROCESS,
    LOAD,
    NUMBER,
    REFUSE,
    RETURN,
)

_CLONE_THREAD: Final = 0x1_0000

# name: its numbers on x86_64 and aarch64; None where the machine has no such call
_ALWAYS: Final[dict[str, tuple[int | None, int | None]]] = {
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "unshare": (272, 97),
    "setns": (308, 268),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "setxattrat": (463, 463),
    "removexattrat": (466, 466),
    "open_by_handle_at": (304, 265),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
}
_BUT_TO_ITSELF: Final = {"kill": (62, 129), "tgkill": (234, 131)}  # abort() needs it
_CLONE: Final = (56, 220)
_CLONE3: Final = 435  # its flags lie in memory, where no filter reads: without it libraries use clone
_PRLIMIT: Final = (302, 261)


def refuse_calls() -> bool:
    """For this process, which starts no others from now on. Returns whether the kernel holds it to that."""
    machine = seccomp.machine()
    return machine is not None and seccomp.load(filter_for(machine, os.getpid()))


def filter_for(machine: str, process: int) -> list[seccomp.Instruction]:
    """The instructions for `process` on `machine`, a key of seccomp.ARCHITECTURES."""
    place = list(seccomp.ARCHITECTURES).index(machine)
    instructions: list[seccomp.Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, seccomp.ARCHITECTURES[machine]),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER),
        *_answer(_CLONE3, errno.ENOSYS),
    ]
    for numbers in _ALWAYS.values():
        if (number := numbers[place]) is not None:
            instructions += _answer(number, errno.EPERM)
    instructions += _unless(_CLONE[place], (ANY_BIT, 0, 1, _CLONE_THREAD))
    for call in _BUT_TO_ITSELF.values():
        instructions += _unless(call[place], (EQUAL, 0, 1, process))
    instructions += _unless(_PRLIMIT[place], (EQUAL, 0, 1, 0))
    return [*instructions, (RETURN, 0, 0, ALLOW)]


def _answer(number: int, error: int) -> list[seccomp.Instruction]:
    return [(EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE | error)]


def _unless(number: int, test: seccomp.Instruction) -> list[seccomp.Instruction]:
    """Refuse the call unless `test` of its first argument falls through."""
    return [
        (EQUAL, 0, 4, number),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        test,
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE | errno.EPERM),
    ]
