"""The child's side: one thread reads, so that pause, cancel and the parent's end are seen while another works."""

import contextlib
import faulthandler
import functools
import importlib
import os
import queue
import signal
import sys
import threading
import traceback
from typing import Final, NamedTuple, NoReturn

import msgspec

from engine.progress import Control
from engine.workers.channel import Channel
from engine.workers.failures import describe
from engine.workers.limits import Limits, restrain
from engine.workers.messages import Ask, Ended, Failed, Said, Steer, encode
from engine.workers.service import Context, Service

_DECODER: Final = msgspec.msgpack.Decoder(Ask[msgspec.Raw] | Steer)


class _Job(NamedTuple):
    number: int
    request: msgspec.Raw
    control: Control


class _Inbox:
    """Requests in the order they came; steers the latest one. Ends the process when the parent is gone."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._latest: _Job | None = None
        self.jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()

    def read(self) -> NoReturn:
        try:
            while (payload := self._channel.receive()) is not None:
                message = _DECODER.decode(payload)
                if isinstance(message, Steer):
                    self._steer(message)
                else:
                    self._accept(message)
        finally:
            os._exit(0)  # the parent closed or died: nothing of ours is worth finishing

    def _accept(self, message: Ask[msgspec.Raw]) -> None:
        control = Control()
        self._latest = _Job(message.number, message.request, control)
        _set(control, paused=message.paused, cancelled=message.cancelled)
        self.jobs.put(self._latest)

    def _steer(self, message: Steer) -> None:
        if self._latest is not None and self._latest.number == message.number:
            _set(self._latest.control, paused=message.paused, cancelled=message.cancelled)


def _set(control: Control, *, paused: bool, cancelled: bool) -> None:
    if cancelled:
        control.cancel()
    elif paused:
        control.pause()
    else:
        control.resume()


def main() -> None:
    """`python -m engine.workers.child MODULE PARENT LIMITS`: a process id and a Limits in JSON."""
    module, parent, limits = sys.argv[1:]
    channel = _private_channel()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    restrain(msgspec.json.decode(limits, type=Limits), module, int(parent))
    faulthandler.enable()
    inbox = _Inbox(channel)
    threading.Thread(target=inbox.read, name="inbox", daemon=True).start()
    with contextlib.suppress(Exception):  # whoever asks first is told
        _load(module)
    while True:
        channel.send(encode(_work(module, inbox.jobs.get(), channel)))


@functools.cache
def _load(module: str) -> tuple[Service, msgspec.msgpack.Decoder[object]]:
    service: Service = importlib.import_module(module).service()
    return service, msgspec.msgpack.Decoder(service.requests)


def _work(module: str, job: _Job, channel: Channel) -> Ended | Failed:
    try:
        service, decoder = _load(module)
        for reply in service.handle(decoder.decode(job.request), Context(job.control)):
            channel.send(encode(Said(reply)))
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent is told
        traceback.print_exception(error)
        return describe(error)
    return Ended()


def _private_channel() -> Channel:
    """Standard input and output moved to descriptors only we know: native code that prints must not garble frames."""
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return Channel(os.fdopen(incoming, "rb", buffering=0), os.fdopen(outgoing, "wb", buffering=0))
