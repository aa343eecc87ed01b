"""One child process: started so that it cannot outlive us, its last words on stderr kept in memory, and its end."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Final

import msgspec

from engine.workers.channel import Channel
from engine.workers.limits import Limits

GRACE_S: Final = 2.0
_KEPT_BYTES: Final = 16 * 1024
_ROOT: Final = Path(__file__).resolve().parent.parent.parent

# Linux ends a child when the *thread* that started it ends, so one thread that lives as long as we do starts them all.
_spawner: Final = ThreadPoolExecutor(1, thread_name_prefix="spawner")


class Process:
    def __init__(self, service: str, limits: Limits, environment: Mapping[str, str], files: Sequence[int]) -> None:
        arguments = [service, str(os.getpid()), msgspec.json.encode(limits).decode()]
        self._popen = _spawner.submit(
            subprocess.Popen[bytes],
            [sys.executable, "-P", "-m", "engine.workers.child", *arguments],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": _search_path(), **environment},
            pass_fds=files,
        ).result()
        stdin, stdout, stderr = self._popen.stdin, self._popen.stdout, self._popen.stderr
        assert stdin is not None
        assert stdout is not None
        assert stderr is not None
        self.channel = Channel(stdout, stdin)
        self.dismissed = False
        self._said = bytearray()
        self._listener = threading.Thread(target=self._listen, args=[stderr], name=f"stderr of {service}", daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def last_words(self) -> str:
        """The end of what it wrote to stderr. It may hold the owner's content: never write it anywhere."""
        if not self.alive:
            self._listener.join(GRACE_S)  # what it said last may still be in the pipe
        return bytes(self._said).decode(errors="replace")

    def kill(self) -> None:
        self._popen.kill()

    def stand_still(self, still: bool) -> None:
        """Take it off the processor where it is, or let it go on. Nothing where the system has no such signal; there
        it is paused where it can be."""
        if os.name == "posix":
            self._popen.send_signal(signal.SIGSTOP if still else signal.SIGCONT)  # does nothing once it ended

    def wait(self) -> int:
        """How it ended: the exit code, or minus the signal. One that closed its pipes and lives on is killed."""
        try:
            return self._popen.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            return self._popen.wait()

    def dismiss(self, *, at_once: bool) -> None:
        """End it because nobody needs it any more, politely unless `at_once`, and wait."""
        self.dismissed = True
        if at_once:
            self._popen.kill()
        else:
            self.channel.close_outgoing()
        self.wait()

    def release(self) -> None:
        """Give back what is left of it once it is dead and nobody reads from it."""
        self.wait()
        self._listener.join(GRACE_S)
        self.channel.close()

    def _listen(self, stderr: IO[bytes]) -> None:
        with stderr:
            while data := stderr.read(4096):
                self._said += data
                del self._said[:-_KEPT_BYTES]


def _search_path() -> str:
    return os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
