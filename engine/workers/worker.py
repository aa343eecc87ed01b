"""A child process that answers typed requests, one at a time; it is started when needed and again after it died."""

import contextlib
import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType, UnionType
from typing import Generic, Self

import msgspec

from engine.errors import HearthsideError
from engine.progress import Control
from engine.workers.exchange import Exchange, Reply
from engine.workers.limits import Limits
from engine.workers.messages import Ended, Failed, Said
from engine.workers.process import Process

__all__ = ["Limits", "Worker"]


class Worker(Generic[Reply]):
    """Requests from several threads wait for each other; within one thread a request must end before the next.

    Raises HearthsideError "worker_crashed" (worker, how, why) when the child dies, "worker_failed" (worker, reason)
    when its service raises what is not ours or answers what was not agreed, and whatever of ours the service raises.

    `service` names a module (see engine.workers.service) and `replies` the union of what it answers with. A union must
    be named twice for the type checker: `Worker[Loaded | Token]("…", Loaded | Token, name="model")`. One that `yields`
    stands still while the control of its request is held.
    """

    def __init__(
        self,
        service: str,
        replies: type[Reply] | UnionType,
        *,
        name: str,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        environment: Mapping[str, str] | None = None,
        files: Sequence[int] = (),
        yields: bool = False,
    ) -> None:
        self.name = name
        self._service = service
        self._limits = limits
        self._environment = dict(environment or {})
        self._files = tuple(files)
        self._yields = yields
        self._decoder = msgspec.msgpack.Decoder(Said[replies] | Ended | Failed)  # type: ignore[valid-type]  # made at run time
        self._numbers = itertools.count(1)
        self._turn = _Turn()
        self._changing = threading.Lock()  # of the four below
        self._process: Process | None = None
        self._in_use: Process | None = None
        self._generation = 0

    def call(self, request: msgspec.Struct, *, timeout_s: float | None = None, control: Control | None = None) -> Reply:
        """The one reply. After `timeout_s` the child is killed: HearthsideError "worker_timeout" (worker, seconds)."""
        replies = list(self._ask(request, timeout_s, control))
        if len(replies) != 1:
            raise HearthsideError("worker_failed", worker=self.name, reason=f"{len(replies)} replies instead of one")
        return replies[0]

    def stream(self, request: msgspec.Struct, *, control: Control | None = None) -> Iterator[Reply]:
        """The replies as they come; nothing is asked before the first is taken. Closing the iterator cancels.

        `control` is forwarded. The service decides how a cancelled request ends; one that does not end within two
        seconds is killed, and Interrupted raised here.
        """
        return self._ask(request, None, control)

    @property
    def generation(self) -> int:
        """Counts the processes: the one that serves the next request. When it grew, state has to be loaded again."""
        with self._changing:
            return self._generation if self._process is not None and self._process.alive else self._generation + 1

    @property
    def pid(self) -> int | None:
        with self._changing:
            return self._process.pid if self._process is not None and self._process.alive else None

    def start(self) -> None:
        """Start the child now rather than at the first request; does not wait for it."""
        with self._changing:
            self._living()

    def kill(self) -> None:
        """End the child at once; a request in progress raises "worker_crashed"."""
        with self._changing:
            if self._process is not None:
                self._process.kill()
                self._process.wait()

    def close(self) -> None:
        """End the child and wait for it; a request in progress raises Interrupted. A later request starts a new one."""
        with self._changing:
            process, self._process = self._process, None
            if process is not None:
                process.dismiss(at_once=process is self._in_use)
                if process is not self._in_use:
                    process.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, request: msgspec.Struct, timeout_s: float | None, control: Control | None) -> Iterator[Reply]:
        with self._turn, self._using() as process:
            number = next(self._numbers)
            exchange = Exchange(process, self.name, number, self._decoder, control, yields=self._yields)
            with contextlib.closing(exchange):
                exchange.ask(request, timeout_s)
                while (reply := exchange.receive()) is not None:
                    yield reply

    @contextlib.contextmanager
    def _using(self) -> Iterator[Process]:
        with self._changing:
            process = self._in_use = self._living()
        try:
            yield process
        finally:
            with self._changing:
                self._in_use = None
                if process is not self._process:
                    process.release()

    def _living(self) -> Process:
        if self._process is None or not self._process.alive:
            if self._process is not None:
                self._process.release()
            self._process = Process(self._service, self._limits, self._environment, self._files)
            self._generation += 1
        return self._process


class _Turn:
    """A lock that a stream may hold between replies and be closed from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: threading.Thread | None = None

    def __enter__(self) -> None:
        if self._holder is threading.current_thread():
            raise RuntimeError("this thread has a request in progress at the same worker: it would wait for itself")
        self._lock.acquire()
        self._holder = threading.current_thread()

    def __exit__(self, *failure: object) -> None:
        self._holder = None
        self._lock.release()
