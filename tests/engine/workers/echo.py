"""A service for tests: says things, counts until told otherwise, and misbehaves on request."""

import ctypes
import os
import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from engine.errors import InputRefused
from engine.workers.service import Context
from engine.workers.worker import Limits, Worker


class Echo(msgspec.Struct, tag=True):
    data: bytes


class Count(msgspec.Struct, tag=True):
    """Count to `to`, or until cancelled; then say how far it came."""

    to: int


class Watch(msgspec.Struct, tag=True):
    """Say how the control changes: started, paused, resumed."""


class Evaluate(msgspec.Struct, tag=True):
    """A Python expression, to look at the child from inside."""

    expression: str


class Misbehave(msgspec.Struct, tag=True):
    how: str


class Echoed(msgspec.Struct, tag=True):
    data: bytes


class Number(msgspec.Struct, tag=True):
    value: int


class Counted(msgspec.Struct, tag=True):
    total: int
    cancelled: bool


class Text(msgspec.Struct, tag=True):
    text: str


class Alien(msgspec.Struct, tag=True):
    """Not among the replies that were agreed."""


Request = Echo | Count | Watch | Evaluate | Misbehave
Reply = Echoed | Number | Counted | Text


class EchoService:
    requests = Request

    def handle(self, request: Request, context: Context) -> Iterator[msgspec.Struct]:
        match request:
            case Echo(data):
                yield Echoed(data)
            case Count(to):
                yield from _count(to, context)
            case Watch():
                yield from _watch(context)
            case Evaluate(expression):
                yield Text(str(eval(expression)))
            case Misbehave(how):
                yield from _misbehave(how)


def service() -> EchoService:
    return EchoService()


UNLIMITED = Limits()


def echo_worker(limits: Limits = UNLIMITED, **more) -> Worker[Reply]:
    return Worker[Reply](__name__, Reply, name="echo", limits=limits, **more)


def _count(to: int, context: Context) -> Iterator[Number | Counted]:
    for number in range(to):
        if context.cancelled:
            yield Counted(number, cancelled=True)
            return
        yield Number(number)
    yield Counted(to, cancelled=False)


def _watch(context: Context) -> Iterator[Text]:
    yield Text("started")
    while not context.control.paused:
        pass
    yield Text("paused")
    context.checkpoint()
    yield Text("resumed")


def _misbehave(how: str) -> Iterator[msgspec.Struct]:  # noqa: C901, PLR0912 - a list of ways
    match how:
        case "segfault":
            ctypes.string_at(0)
        case "abort":
            os.abort()
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit":
            os._exit(3)
        case "system exit":
            sys.exit(4)
        case "raise":
            raise ZeroDivisionError("with the owner's content")
        case "refuse":
            raise InputRefused("model_absent", name="x", path=Path("/somewhere"))
        case "silence":
            return
        case "twice":
            yield Echoed(b"1")
            yield Echoed(b"2")
        case "alien":
            yield Alien()
        case "garbage":
            _write_to_channel((5).to_bytes(8, "little") + b"\xff" * 5)
        case "endless frame":
            _write_to_channel((1 << 60).to_bytes(8, "little"))
        case "prints":
            os.write(1, b"from native code\n")
            os.write(2, b"\xff\xfe not text\n")
            print("from Python", flush=True)
            yield Echoed(b"fine")
        case "deaf":
            yield Echoed(b"I do not listen")
            ctypes.PyDLL(None).sleep(3600)  # as native code that keeps the interpreter's lock
        case "burn":
            while True:
                pass


def _write_to_channel(data: bytes) -> None:
    """As a library would that writes where it should not."""
    for descriptor in range(3, 10):
        try:
            if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                os.write(descriptor, data)
        except OSError:  # not open, or the end that is read from
            continue
