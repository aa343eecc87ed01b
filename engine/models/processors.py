"""How many threads a model should run on: one a physical core that this process may use."""

import os
import sys
from pathlib import Path

_TOPOLOGY = Path("/sys/devices/system/cpu")


def physical_cores() -> int:
    """Physical cores where the system tells them apart from hardware threads, otherwise processors; at least 1."""
    if sys.platform == "linux":
        count = len({_siblings(processor) for processor in os.sched_getaffinity(0)})
    elif sys.platform == "darwin":
        count = _fast_cores() or os.cpu_count() or 1
    else:
        count = (os.cpu_count() or 2) // 2
    return max(1, count)


def _siblings(processor: int) -> str:
    """The hardware threads of the core that `processor` is one of, as the kernel writes them."""
    try:
        return (_TOPOLOGY / f"cpu{processor}" / "topology" / "thread_siblings_list").read_text().strip()
    except OSError:
        return str(processor)


def _fast_cores() -> int:
    """Apple silicon's performance cores: the slow ones hold the fast ones up. 0 where there is no such difference."""
    import ctypes

    count, size = ctypes.c_int(0), ctypes.c_size_t(4)
    system = ctypes.CDLL(None)
    system.sysctlbyname(b"hw.perflevel0.physicalcpu", ctypes.byref(count), ctypes.byref(size), None, ctypes.c_size_t(0))
    return count.value
