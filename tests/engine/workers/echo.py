"""A service for tests: says things, waits for orders, and misbehaves on request."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from engine.errors import InputRefused
from engine.workers.service import Context


class Echo(msgspec.Struct, tag=True):
    data: bytes


class Count(msgspec.Struct, tag=True):
    """Count to `to`, or until cancelled; then say how many came."""

    to: int


class Misbehave(msgspec.Struct, tag=True):
    how: str


class Number(msgspec.Struct, tag=True):
    value: int


class Echoed(msgspec.Struct, tag=True):
    data: bytes


class Counted(msgspec.Struct, tag=True):
    total: int
    cancelled: bool


class Alien(msgspec.Struct, tag=True):
    """Not among the replies that were agreed."""


class EchoService:
    requests = Echo | Count | Misbehave

    def handle(self, request: Echo | Count | Misbehave, context: Context) -> Iterator[msgspec.Struct]:
        if isinstance(request, Echo):
            yield Echoed(request.data)
        elif isinstance(request, Count):
            yield from self._count(request.to, context)
        else:
            yield from self._misbehave(request.how)

    def _count(self, to: int, context: Context) -> Iterator[Number | Counted]:
        for number in range(to):
            if context.cancelled:
                yield Counted(number, cancelled=True)
                return
            context.checkpoint()
            yield Number(number)
        yield Counted(to, cancelled=False)

    def _misbehave(self, how: str) -> Iterator[msgspec.Struct]:  # noqa: C901, PLR0912 - a list of ways
        match how:
            case "segfault":
                ctypes.string_at(0)
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "exit":
                os._exit(3)
            case "system exit":
                sys.exit(4)
            case "raise":
                raise ZeroDivisionError
            case "refuse":
                raise InputRefused("model_absent", name="x", path=Path("/somewhere"))
            case "interrupted":
                raise KeyboardInterrupt
            case "silence":
                return
            case "twice":
                yield Echoed(b"1")
                yield Echoed(b"2")
            case "alien":
                yield Alien()
            case "prints":
                os.write(1, b"from native code\n")
                os.write(2, b"\xff\xfe not text\n")
                print("from Python", flush=True)
                yield Echoed(b"fine")
            case "deaf":
                yield Echoed(b"I do not listen")
                while True:
                    time.sleep(3600)


def service() -> EchoService:
    return EchoService()
