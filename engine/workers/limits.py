"""What a child may use: set by the child on itself before it loads its service, so that nothing runs unlimited."""

import ctypes
import os
import signal
import sys
from typing import Final

import msgspec

from engine.workers.sandbox import confine

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """None is no limit. Bytes, seconds of processor time, descriptors; `nice` 19 is the least urgent.

    `confined`: see engine.workers.sandbox; then `readable` are the only paths it can open besides its own code, and
    `writable` the only folders in which it can make files; of `listable` folders it can read the names.
    """

    address_space: int | None = None
    cpu_seconds: int | None = None
    file_size: int | None = None
    open_files: int | None = None
    nice: int = 0
    confined: bool = False
    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    listable: tuple[str, ...] = ()


def restrain(limits: Limits, service: str, parent: int) -> None:
    """Apply `limits`, leave no core file, be closed to debuggers, and end with the process `parent`.

    Windows has none of these; there the end of standard input ends the child.
    """
    if sys.platform == "win32":
        return
    if sys.platform.startswith("linux"):
        _bind_to(parent)
    _set_resources(limits)
    if limits.confined:
        confine(service, limits.readable, limits.writable, limits.listable)


def _bind_to(parent: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), zero, zero, zero)
    libc.prctl(_PR_SET_DUMPABLE, zero, zero, zero, zero)
    if os.getppid() != parent:  # it died before the kernel knew
        os._exit(0)


def _set_resources(limits: Limits) -> None:
    import resource

    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_AS: limits.address_space,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: limits.file_size,
        resource.RLIMIT_NOFILE: limits.open_files,
    }
    for kind, most in wanted.items():
        if most is not None:
            _, ceiling = resource.getrlimit(kind)
            allowed = most if ceiling == resource.RLIM_INFINITY else min(most, ceiling)
            # Only the softer limit on processor time says what it was, by SIGXCPU; the hard one is a bare SIGKILL.
            beyond = ceiling if kind == resource.RLIMIT_CPU else allowed
            resource.setrlimit(kind, (allowed, beyond))
    if limits.nice:
        os.nice(limits.nice)
