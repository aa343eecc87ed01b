"""Frames over a pair of pipes: eight bytes of length, then the payload. No sockets, no pickle, the same everywhere."""

import struct
import threading
from typing import IO, Final

_LENGTH: Final = struct.Struct("<Q")
LONGEST: Final = 1 << 30  # bytes; a child that claims more is broken or hostile


class FrameTooLong(Exception):
    """The other side announced a frame longer than LONGEST."""


class Channel:
    """Sends from any thread, receives from one. Both files are unbuffered."""

    def __init__(self, incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._sending = threading.Lock()

    def send(self, payload: bytes, patience_s: float = -1) -> bool:
        """False when other threads were sending for `patience_s`. OSError when the other side is gone."""
        if not self._sending.acquire(timeout=patience_s):
            return False
        try:
            self._write(_LENGTH.pack(len(payload)))
            self._write(payload)
        finally:
            self._sending.release()
        return True

    def receive(self) -> bytearray | None:
        """The next payload; None once the other side is gone, also when that is in the middle of a frame."""
        header = self._read(_LENGTH.size)
        if header is None:
            return None
        (length,) = _LENGTH.unpack(header)
        if length > LONGEST:
            raise FrameTooLong
        return self._read(length)

    def close_outgoing(self) -> None:
        """Tell the other side that nothing more will come."""
        self._outgoing.close()

    def close(self) -> None:
        self._outgoing.close()
        self._incoming.close()

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._outgoing.write(view) :]

    def _read(self, length: int) -> bytearray | None:
        data = bytearray(length)
        view = memoryview(data)
        while view:
            count = self._incoming.readinto(view)  # type: ignore[attr-defined]  # raw files have it; IO does not say
            if not count:
                return None
            view = view[count:]
        return data
