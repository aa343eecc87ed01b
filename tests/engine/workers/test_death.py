import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.errors import HearthsideError, Interrupted
from engine.words import explain
from tests.engine.workers.echo import Count, Echo, Echoed, Misbehave, echo_worker

FOREVER = 10**12
PARENT = """
import sys
from tests.engine.workers.echo import Misbehave, echo_worker
worker = echo_worker()
if sys.argv[1] == "deaf":
    replies = worker.stream(Misbehave("deaf"))
    next(replies)
else:
    worker.start()
print(worker.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def worker():
    with echo_worker() as started:
        yield started


@pytest.mark.parametrize(
    ("how", "died"),
    [
        ("segfault", "SIGSEGV"),
        ("abort", "SIGABRT"),
        ("kill", "SIGKILL"),
        ("exit", "exit 3"),
        ("system exit", "exit 4"),
    ],
)
def test_crash_is_told_with_how_and_the_next_request_starts_anew(worker, how, died):
    with pytest.raises(HearthsideError) as caught:
        worker.call(Misbehave(how))
    assert caught.value.code == "worker_crashed"
    assert caught.value.fields["how"] == died
    assert died in explain(caught.value).message
    assert worker.call(Echo(b"anew")) == Echoed(b"anew")


def test_crash_in_the_middle_of_a_stream_keeps_what_came(worker):
    replies = worker.stream(Count(FOREVER))
    next(replies)
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(HearthsideError) as caught:
        for _ in replies:
            pass
    assert caught.value.fields["how"] == "SIGKILL"


def test_generation_grows_with_each_start_also_when_the_child_died_idle(worker):
    assert worker.generation == 1
    worker.start()
    first = worker.pid
    worker.call(Echo(b""))
    assert (worker.generation, worker.pid) == (1, first)
    worker.kill()
    assert (worker.generation, worker.pid) == (2, None)
    worker.call(Echo(b""))
    assert worker.generation == 2


def test_child_outlives_the_thread_that_started_it(worker):
    starter = threading.Thread(target=worker.call, args=[Echo(b"")])
    starter.start()
    starter.join()
    assert worker.call(Echo(b"alive")) == Echoed(b"alive")
    assert worker.generation == 1


def test_close_leaves_no_process_and_no_open_file(worker):
    before = sorted(Path("/proc/self/fd").iterdir())
    for _ in range(3):
        worker.call(Echo(b""))
        pid = worker.pid
        worker.close()
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
    with pytest.raises(HearthsideError):
        worker.call(Misbehave("kill"))
    worker.close()
    assert sorted(Path("/proc/self/fd").iterdir()) == before


def test_closing_during_a_request_interrupts_it(worker):
    replies = worker.stream(Count(FOREVER))
    next(replies)
    pid = worker.pid
    closer = threading.Thread(target=worker.close)
    closer.start()
    with pytest.raises(Interrupted):
        for _ in replies:
            pass
    closer.join()
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def test_close_twice_and_before_any_start(worker):
    worker.close()
    worker.start()
    worker.close()
    worker.close()
    assert worker.pid is None


def test_interrupt_in_the_middle_of_a_frame_ends_the_child(worker, monkeypatch):
    """Half a frame was read: what follows would be nonsense."""
    worker.call(Echo(b""))
    monkeypatch.setattr("engine.workers.channel.Channel.receive", _interrupted)
    with pytest.raises(KeyboardInterrupt):
        worker.call(Echo(b"lost"))
    monkeypatch.undo()
    assert worker.pid is None
    assert worker.call(Echo(b"anew")) == Echoed(b"anew")


def _interrupted(_channel):
    raise KeyboardInterrupt


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="watches the child's end by a descriptor of Linux")
@pytest.mark.parametrize("state", ["idle", "deaf"])
def test_child_dies_with_its_parent(state):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, state], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        child = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    try:
        assert select.select([child], [], [], 30)[0], "the child lives on"
    finally:
        os.close(child)
