"""The child's side of engine.workers.walls: tries what a hostile document would, and does no harm where it succeeds."""

import errno
import mmap
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from engine.workers.service import Context
from engine.workers.values import Walls

MEMORY: Final = 1 << 30  # bytes it is held to


class Try(Struct, frozen=True, tag=True):
    """Try every wall."""


class WallsService:
    requests: Any = Try

    def handle(self, request: Struct, context: Context) -> Iterator[Walls]:  # noqa: ARG002 - the contract's
        yield Walls(
            files=_refused(lambda: next(Path("/").iterdir()))
            and _refused(lambda: Path("/etc/passwd").open("rb").close()),
            network=_refused(_local_socket),  # what refuses even these refuses all; none of the internet is tried
            programs=_refused(lambda: os.execv("/no/such/program", ["none"])),  # noqa: S606 - it is to be refused
            memory=_refused(lambda: mmap.mmap(-1, MEMORY).close(), errno.ENOMEM),
        )


def service() -> WallsService:
    return WallsService()


def _local_socket() -> None:
    if sys.platform != "win32":
        socket.socket(socket.AF_UNIX).close()


def _refused(attempt: Callable[[], object], *errors: int) -> bool:
    """Whether it was not allowed, rather than done or impossible."""
    try:
        attempt()
    except OSError as error:
        return error.errno in (errors or (errno.EPERM, errno.EACCES))
    return False
