"""How far indexing is, by bytes, with an estimate once a tenth is done."""

import time

from engine.progress import Control, Progress, Report

_A_FILE = 4096  # bytes' worth of work that each file costs whatever its size
_HONEST_AFTER = 0.1


class Meter:
    """Counts what is done; pauses do not count as time."""

    def __init__(self, sizes: list[int], report: Report) -> None:
        self._total = float(sum(size + _A_FILE for size in sizes))
        self._done = 0.0
        self._file = 0.0
        self._part = 0.0
        self._message = ""
        self._report = report
        self._started = time.monotonic()

    def begin(self, path: str, size: int) -> None:
        self._message, self._file, self._part = path, float(size + _A_FILE), 0.0
        self._tell()

    def part(self, share: float) -> None:
        """`share` (0 to 1) of the file is done."""
        self._part = share
        self._tell()

    def end(self) -> None:
        self._done += self._file
        self._file = self._part = 0.0
        self._tell()

    def checkpoint(self, control: Control) -> None:
        """Wait while paused. Raises Interrupted once cancelled."""
        began = time.monotonic()
        control.checkpoint()
        self._started += time.monotonic() - began

    def _tell(self) -> None:
        done = self._done + self._file * self._part
        eta = None
        if self._total and done >= _HONEST_AFTER * self._total:
            eta = (time.monotonic() - self._started) * (self._total - done) / done
        self._report(Progress(done, self._total, self._message, eta))
