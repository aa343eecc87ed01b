"""The most memory that any one child process of this one held at a time: Linux's own high-water mark, polled."""

import contextlib
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

_EVERY_S = 0.02


class PeakOfChildren:
    """`bytes` afterwards is the largest resident set among the child processes that ran within the block."""

    def __init__(self) -> None:
        self.bytes = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._done.set()
        self._thread.join()

    def _poll(self) -> None:
        while not self._done.wait(_EVERY_S):
            for task in Path("/proc/self/task").iterdir():
                with contextlib.suppress(OSError):  # a thread or child that is gone by now
                    for child in (task / "children").read_text(encoding="ascii").split():
                        self.bytes = max(self.bytes, _high_water(int(child)))


def _high_water(process: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0
