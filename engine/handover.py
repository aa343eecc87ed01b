"""What a second start asks of the running window: show yourself, index this, ask the owner about these. A local socket,
bytes only, never TCP.

The socket lies in the runtime folder, which only the owner may enter, under a name made from the profile's path.
"""

import contextlib
import hashlib
import os
import socket
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import msgspec

from engine.paths import runtime_dir

_LIMIT = 1 << 23
_PATIENCE_S = 2.0


class Verb(StrEnum):
    """What an entry of the file manager's menu asks for, in the order of the menu."""

    INDEX = "index"
    ASK = "ask"
    REMOVE = "remove"


class Show(msgspec.Struct, frozen=True, tag=True):
    """Bring the window to the front."""


class Index(msgspec.Struct, frozen=True, tag=True):
    """Add these absolute paths to the library; None leaves the wishes of before."""

    paths: list[str]
    may_teach: bool | None = None
    patterns: str | None = None


class Offer(msgspec.Struct, frozen=True, tag=True):
    """Offer the owner what the file manager's menu asked for; `paths` are absolute, in the file system's own bytes."""

    verb: Verb
    paths: list[bytes]


HandedOver = Show | Index | Offer

_decoder = msgspec.json.Decoder(HandedOver)


def available() -> bool:
    """Whether this system has local sockets for it (Windows' Python has none; there a second start answers busy)."""
    return hasattr(socket, "AF_UNIX")


def hand_over(profile: Path, request: HandedOver) -> bool:
    """Give `request` to the window that owns `profile`. False when none answers."""
    if not available():
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_PATIENCE_S)
        try:
            connection.connect(str(_address(profile)))
            connection.sendall(msgspec.json.encode(request))
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(2) == b"ok"
        except OSError:
            return False


class Listener:
    """Takes requests for `profile` on a thread of its own and hands each to `handle`. Hold the profile's lock.

    Raises OSError where the system makes no such socket, most likely because its path is too long (about 100 bytes).
    """

    def __init__(self, profile: Path, handle: Callable[[HandedOver], None]) -> None:
        self._handle = handle
        self._path = _address(profile)
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # left by a crash: the lock says nobody listens
            self._path.unlink()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.bind(str(self._path))
            self._path.chmod(0o600)
            self._socket.listen(8)
        except OSError:
            self._socket.close()
            raise
        self._thread = threading.Thread(target=self._serve, name="handover", daemon=True)
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self._take(connection)

    def _take(self, connection: socket.socket) -> None:
        connection.settimeout(_PATIENCE_S)
        try:
            data = bytearray()
            while len(data) <= _LIMIT and (piece := connection.recv(65536)):
                data += piece
            request = _decoder.decode(bytes(data))
        except (OSError, msgspec.DecodeError):
            return
        self._handle(request)
        with contextlib.suppress(OSError):
            connection.sendall(b"ok")


def _address(profile: Path) -> Path:
    name = hashlib.sha256(os.fsencode(profile.expanduser().absolute())).hexdigest()[:16]
    return runtime_dir() / f"{name}.sock"
