"""One long piece of learning's work at a time: it makes way for answers, and ends when its ground is gone."""

import contextlib
import threading
from collections.abc import Iterator

from engine.errors import Busy
from engine.progress import Control


class Work:
    """`tested` is the adapter whose test is the work under way, if it is a test."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: Control | None = None
        self.tested: str | None = None

    @property
    def under_way(self) -> bool:
        return self._lock.locked()

    @contextlib.contextmanager
    def begun(self, control: Control | None, *, tested: str | None = None) -> Iterator[Control]:
        """Raises Busy("training_busy") while something else is under way."""
        if not self._lock.acquire(blocking=False):
            raise Busy("training_busy")
        try:
            self._control, self.tested = control or Control(), tested
            yield self._control
        finally:
            self._control = self.tested = None
            self._lock.release()

    def make_way(self) -> contextlib.AbstractContextManager[None]:
        """Let what is under way stand still for as long as the block runs: an answer must not wait for it."""
        control = self._control
        return contextlib.nullcontext() if control is None else control.hold()

    def stop(self) -> None:
        if (control := self._control) is not None:
            control.cancel()

    def stop_test(self, adapter_id: str) -> None:
        """What is out of use need not be tested any longer."""
        if self.tested == adapter_id:
            self.stop()
