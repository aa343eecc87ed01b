"""A training stands still while its owner writes: the answer that is about to be asked for must not wait for it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from PySide6.QtCore import QObject, QTimer

_PAUSE_MS = 3_000  # between two keys, and still writing


class WhileWriting(QObject):
    def __init__(self, make_way: Callable[[], AbstractContextManager[None]], parent: QObject) -> None:
        super().__init__(parent)
        self._make_way = make_way
        self._held = ExitStack()
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._held.close)

    def on_key(self) -> None:
        """The owner wrote something."""
        if not self._pause.isActive():
            self._held.enter_context(self._make_way())
        self._pause.start()
