"""How far indexing is, by bytes, with an estimate once a tenth is done."""

import time
from collections.abc import Sequence

from engine.progress import Control, Progress, Report

_A_FILE = 4096  # bytes' worth of work that each file costs whatever its size
_HONEST_AFTER = 0.1


class Meter:
    """Counts what is done; pauses do not count as time."""

    def __init__(self, sizes: Sequence[int], report: Report) -> None:
        self._total = _work(sizes)
        self._left = len(sizes)
        self._done = 0.0
        self._part = 0.0
        self._message = ""
        self._report = report
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Time at work so far."""
        return time.monotonic() - self._started

    def begin(self, path: str) -> None:
        """The file at `path` is being read."""
        self._message = path
        self._tell()

    def part(self, share: float, sizes: Sequence[int]) -> None:
        """`share` (0 to 1) of the files of these sizes is done."""
        self._part = share * _work(sizes)
        self._tell()

    def end(self, sizes: Sequence[int]) -> None:
        """Files of these sizes are done."""
        self._done += _work(sizes)
        self._left -= len(sizes)
        self._part = 0.0
        self._tell()

    def checkpoint(self, control: Control) -> None:
        """Wait while paused. Raises Interrupted once cancelled."""
        began = time.monotonic()
        control.checkpoint()
        self._started += time.monotonic() - began

    def _tell(self) -> None:
        done = min(self._done + self._part, self._total)  # a file may have grown since
        eta = None
        if self._total and done >= _HONEST_AFTER * self._total:
            eta = (time.monotonic() - self._started) * (self._total - done) / done
        self._report(Progress(done, self._total, self._message, eta, self._left))


def _work(sizes: Sequence[int]) -> float:
    return float(sum(size + _A_FILE for size in sizes))
