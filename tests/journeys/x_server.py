"""An X server of one's own, without a screen: the window is shown by the platform a person's desktop has."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator


def missing() -> bool:
    return shutil.which("Xvfb") is None


@contextlib.contextmanager
def x_server(size: str = "1400x1000x24") -> Iterator[str]:
    """Its DISPLAY. It listens on its local socket alone."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        try:
            with os.fdopen(read) as told:
                number = told.readline().strip()
            if not number:
                raise RuntimeError("Xvfb did not start")
            yield f":{number}"
        finally:
            server.terminate()
