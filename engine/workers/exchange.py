"""One request in progress: asks, receives until it ends, forwards pause and cancel, and insists on being obeyed."""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from engine.errors import HearthsideError, Interrupted
from engine.progress import Control
from engine.workers.channel import FrameTooLong
from engine.workers.failures import crashed, revive
from engine.workers.messages import Ask, Ended, Failed, Said, Steer, encode
from engine.workers.process import GRACE_S, Process

Reply = TypeVar("Reply")
Decoder = msgspec.msgpack.Decoder[Said[Reply] | Ended | Failed]


class Exchange(Generic[Reply]):
    def __init__(
        self,
        process: Process,
        worker: str,
        number: int,
        decoder: Decoder[Reply],
        control: Control | None,
        *,
        yields: bool,
    ) -> None:
        self._process = process
        self._worker = worker
        self._number = number
        self._decoder = decoder
        self._control = control or Control()
        self._yields = yields
        self._abandoned = False
        self._killed_for: HearthsideError | None = None
        self._finished = threading.Event()
        self._finished.set()
        self._finishing = threading.Lock()
        self._listening = _Listening()
        self._steering = threading.Lock()
        self._ends = contextlib.ExitStack()  # what to undo at the end

    def ask(self, request: msgspec.Struct, timeout_s: float | None) -> None:
        paused, cancelled = self._control.paused, self._control.cancelled
        payload = encode(Ask(self._number, request, paused, cancelled))
        self._finished.clear()
        self._ends.callback(self._control.on_change(self._changed))
        if timeout_s is not None:
            late = HearthsideError("worker_timeout", worker=self._worker, seconds=timeout_s)
            timer = threading.Timer(timeout_s, self._kill, [late])
            timer.daemon = True
            timer.start()
            self._ends.callback(timer.cancel)
        if cancelled:
            self._changed()  # a child that hangs may not even take the request
        with self._listening, self._unbroken(), contextlib.suppress(OSError):  # why it died is told when receiving
            self._process.channel.send(payload)
        if self._held or (self._control.paused, self._control.cancelled) != (paused, cancelled):
            self._changed()

    def receive(self) -> Reply | None:
        """The next reply, None after the last. Raises what the service raised, or why there is no answer."""
        try:
            with self._listening, self._unbroken():
                payload = self._process.channel.receive()
                message = None if payload is None else self._decoder.decode(payload)
        except (FrameTooLong, msgspec.DecodeError) as error:
            raise HearthsideError("worker_failed", worker=self._worker, reason="unreadable reply") from error
        if isinstance(message, Said):
            return message.reply
        self._finish()
        if isinstance(message, Failed):
            raise revive(message, self._worker)
        if message is None:
            raise self._explain_death()
        return None

    def close(self) -> None:
        """End it wherever it stands; afterwards the process is free for the next request, or dead."""
        if not self._finished.is_set():
            self._abandoned = True
            self._changed()
            with contextlib.suppress(HearthsideError):
                while self.receive() is not None:
                    pass
        self._ends.close()
        if self._yields:
            with self._steering:
                self._process.stand_still(False)

    @contextlib.contextmanager
    def _unbroken(self) -> Iterator[None]:
        """Half a frame sent or read cannot be mended: on any exception but a dead pipe the child has to go."""
        try:
            yield
        except OSError:
            raise
        except BaseException:
            self._finish()
            self._process.kill()
            self._process.wait()
            raise

    def _changed(self) -> None:
        """Called in whatever thread steers, which must not wait for a busy pipe."""
        threading.Thread(target=self._steer, name=f"steer {self._worker}", daemon=True).start()

    def _steer(self) -> None:
        with self._steering, contextlib.suppress(OSError, ValueError):  # the child, or the pipe to it, is gone
            cancelled = self._abandoned or self._control.cancelled
            held = self._held and not cancelled
            if self._yields and not held:
                self._process.stand_still(False)
            steer = Steer(self._number, paused=self._control.paused or held, cancelled=cancelled)
            self._process.channel.send(encode(steer), GRACE_S)
            if held:
                self._stand_still()
        if cancelled:
            self._insist()

    @property
    def _held(self) -> bool:
        return self._yields and self._control.held

    def _stand_still(self) -> None:
        with self._finishing:  # never the next request's process
            if not self._finished.is_set():
                self._process.stand_still(True)

    def _insist(self) -> None:
        """Kill the child once we listened for GRACE_S in vain; while nobody reads, it cannot show that it obeyed."""
        deadline = self._listening.seconds() + GRACE_S
        while (left := deadline - self._listening.seconds()) > 0:
            if self._finished.wait(left):
                return
            self._listening.wait()
        self._kill(Interrupted())

    def _kill(self, reason: HearthsideError) -> None:
        with self._finishing:  # never the next request's process
            if not self._finished.is_set():
                self._killed_for = reason
                self._process.kill()

    def _finish(self) -> None:
        with self._finishing:
            self._finished.set()
        self._listening.stop()

    def _explain_death(self) -> HearthsideError:
        returncode = self._process.wait()
        if self._killed_for is not None:
            return self._killed_for
        if self._process.dismissed:
            return Interrupted()
        return crashed(self._worker, returncode, self._process.last_words())


class _Listening:
    """Whether the caller waits for the child right now, and how long it has waited in all. Entered by one thread."""

    def __init__(self) -> None:
        self._now = threading.Event()
        self._stopped = False
        self._since: float | None = None
        self._before = 0.0

    def seconds(self) -> float:
        before, since = self._before, self._since  # in this order: too little rather than too much
        return before + (0.0 if since is None else time.monotonic() - since)

    def wait(self) -> None:
        """Until the caller listens, or has stopped for good."""
        self._now.wait()

    def stop(self) -> None:
        self._stopped = True
        self._now.set()

    def __enter__(self) -> None:
        self._since = time.monotonic()
        self._now.set()

    def __exit__(self, *failure: object) -> None:
        if not self._stopped:
            self._now.clear()
        total = self.seconds()
        self._since = None
        self._before = total
