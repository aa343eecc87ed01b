"""How long the window's event loop keeps a person waiting: a timer of 5 ms, and how late each of its ticks comes."""

import contextlib
import time
from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer

_EVERY_MS: Final = 5


class LoopGaps(QObject):
    """Counts only while somebody `watches`, and files what it counts under the names it is `during`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._late: dict[str, list[float]] = {}
        self._during: list[str] = []
        self._last: float | None = None
        timer = QTimer(self, interval=_EVERY_MS, timerType=Qt.TimerType.PreciseTimer)
        timer.timeout.connect(self._tick)
        timer.start()

    @contextlib.contextmanager
    def during(self, name: str) -> Iterator[None]:
        self._during.append(name)
        try:
            yield
        finally:
            self._during.remove(name)

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        self._last = time.perf_counter()
        try:
            yield
        finally:
            self._last = None

    def report(self) -> dict[str, dict[str, float]]:
        """Milliseconds later than asked, by what was going on."""
        return {
            name: {
                "ticks": len(late),
                "p50_ms": round(late[len(late) // 2], 1),
                "p99_ms": round(late[len(late) * 99 // 100], 1),
                "max_ms": round(late[-1], 1),
            }
            for name, late in ((name, sorted(late)) for name, late in self._late.items())
        }

    def _tick(self) -> None:
        if self._last is None:
            return
        now = time.perf_counter()
        late = (now - self._last) * 1000 - _EVERY_MS
        self._last = now
        for name in self._during:
            self._late.setdefault(name, []).append(max(late, 0.0))
