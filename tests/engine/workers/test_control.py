import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from engine.errors import HearthsideError, Interrupted
from engine.progress import Control
from engine.workers import exchange
from tests.engine.workers.echo import Count, Counted, Echo, Echoed, Misbehave, Number, Text, Watch, echo_worker

FOREVER = 10**12
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")


@pytest.fixture
def worker():
    with echo_worker() as started:
        yield started


def test_cancelled_request_ends_as_the_service_decides(worker):
    control = Control()
    replies = worker.stream(Count(FOREVER), control=control)
    assert next(replies) == Number(0)
    control.cancel()
    *_, last = replies
    assert isinstance(last, Counted)
    assert last.cancelled
    assert worker.generation == 1


def test_control_cancelled_before_the_request_is_seen_by_its_first_look(worker):
    control = Control()
    control.cancel()
    assert list(worker.stream(Count(FOREVER), control=control)) == [Counted(0, cancelled=True)]


def test_pause_and_resume_reach_the_service(worker):
    control = Control()
    states = worker.stream(Watch(), control=control)
    assert next(states) == Text("started")
    control.pause()
    assert next(states) == Text("paused")
    control.resume()
    assert list(states) == [Text("resumed")]


def test_control_paused_before_the_request_is_paused_from_the_start(worker):
    control = Control()
    control.pause()
    states = worker.stream(Watch(), control=control)
    assert [next(states), next(states)] == [Text("started"), Text("paused")]
    control.resume()
    assert list(states) == [Text("resumed")]


def test_cancel_wakes_a_paused_request_and_interrupted_crosses(worker):
    control = Control()
    states = worker.stream(Watch(), control=control)
    next(states)
    control.pause()
    next(states)
    control.cancel()
    with pytest.raises(Interrupted):
        next(states)
    assert worker.generation == 1


def test_closing_the_iterator_cancels_and_frees_the_worker(worker):
    replies = worker.stream(Count(FOREVER))
    next(replies)
    replies.close()
    assert worker.call(Echo(b"next")) == Echoed(b"next")
    assert worker.generation == 1


def test_iterator_may_be_closed_in_another_thread(worker):
    replies = worker.stream(Count(FOREVER))
    next(replies)
    closer = threading.Thread(target=replies.close)
    closer.start()
    closer.join()
    assert worker.call(Echo(b"next")) == Echoed(b"next")


def test_stream_never_taken_from_asks_nothing(worker):
    worker.stream(Count(FOREVER)).close()
    assert worker.pid is None


def test_cancel_that_is_not_obeyed_ends_the_child(worker, monkeypatch):
    monkeypatch.setattr(exchange, "GRACE_S", 0.05)
    control = Control()
    replies = worker.stream(Misbehave("deaf"), control=control)
    next(replies)
    control.cancel()
    with pytest.raises(Interrupted):
        next(replies)
    assert worker.call(Echo(b"anew")) == Echoed(b"anew")
    assert worker.generation == 2


def test_closing_a_deaf_stream_ends_the_child(worker, monkeypatch):
    monkeypatch.setattr(exchange, "GRACE_S", 0.05)
    replies = worker.stream(Misbehave("deaf"))
    next(replies)
    replies.close()
    assert worker.pid is None


def test_child_that_hangs_before_it_took_the_request_is_ended_on_cancel(worker, monkeypatch):
    monkeypatch.setattr(exchange, "GRACE_S", 0.05)
    worker.start()
    os.kill(worker.pid, signal.SIGSTOP)
    control = Control()
    control.cancel()
    with pytest.raises(Interrupted):
        worker.call(Echo(bytes(1_000_000)), control=control)
    assert worker.call(Echo(b"anew")) == Echoed(b"anew")


def test_child_is_not_blamed_while_nobody_reads(worker, monkeypatch):
    monkeypatch.setattr(exchange, "GRACE_S", 1.0)
    control = Control()
    replies = worker.stream(Count(FOREVER), control=control)
    next(replies)
    control.cancel()
    threading.Event().wait(1.5)  # longer than its grace; it sits on a full pipe and cannot end
    *_, last = replies
    assert isinstance(last, Counted)
    assert worker.generation == 1


def test_control_outlives_its_request(worker):
    control = Control()
    assert list(worker.stream(Count(0), control=control)) == [Counted(0, cancelled=False)]
    control.cancel()
    assert worker.call(Echo(b"unharmed")) == Echoed(b"unharmed")
    assert worker.generation == 1


def test_call_that_takes_too_long_ends_the_child(worker):
    worker.call(Echo(b"started"))
    with pytest.raises(HearthsideError) as caught:
        worker.call(Misbehave("burn"), timeout_s=0.05)
    assert (caught.value.code, caught.value.fields) == ("worker_timeout", {"worker": "echo", "seconds": 0.05})
    assert worker.call(Echo(b"anew"), timeout_s=60) == Echoed(b"anew")


@pytest.fixture
def yielding():
    with echo_worker(yields=True) as started:
        yield started


def state_of(worker):
    """As the kernel tells it: T is stopped."""
    return Path(f"/proc/{worker.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]


def becomes(worker, stopped):
    deadline = time.monotonic() + 10
    while (state_of(worker) == "T") != stopped:
        assert time.monotonic() < deadline
        time.sleep(0.005)


@linux
def test_held_work_stands_still_wherever_it_is_until_the_last_hold_ends(yielding):
    control = Control()
    replies = yielding.stream(Misbehave("deaf"), control=control)
    next(replies)
    with control.hold():
        becomes(yielding, stopped=True)
        with control.hold():
            pass
        assert state_of(yielding) == "T"
    becomes(yielding, stopped=False)
    yielding.kill()


@linux
def test_only_a_worker_that_yields_is_held(worker):
    control = Control()
    replies = worker.stream(Count(3), control=control)
    with control.hold():
        assert list(replies)[-1] == Counted(3, cancelled=False)


@linux
def test_held_work_goes_on_to_the_same_end(yielding):
    control = Control()
    replies = yielding.stream(Count(3), control=control)
    first = next(replies)
    with control.hold():
        becomes(yielding, stopped=True)
    assert [first, *replies] == [Number(0), Number(1), Number(2), Counted(3, cancelled=False)]


@linux
def test_a_request_begun_while_held_waits(yielding):
    control = Control()
    yielding.call(Echo(b"started"))
    told = []
    asking = threading.Thread(target=lambda: told.extend(yielding.stream(Count(FOREVER), control=control)))
    with control.hold():
        asking.start()
        becomes(yielding, stopped=True)
    control.cancel()
    asking.join()
    assert told[-1].cancelled
    assert yielding.call(Echo(b"next")) == Echoed(b"next")


@linux
def test_held_work_can_be_cancelled_and_closed(yielding):
    control = Control()
    replies = yielding.stream(Count(FOREVER), control=control)
    next(replies)
    with control.hold():
        becomes(yielding, stopped=True)
        control.cancel()
        *_, last = replies
    assert last.cancelled
    again = yielding.stream(Count(FOREVER), control=(other := Control()))
    next(again)
    with other.hold():
        becomes(yielding, stopped=True)
        again.close()
    assert yielding.call(Echo(b"next")) == Echoed(b"next")
    assert yielding.generation == 1


@linux
def test_a_held_child_does_not_outlive_us(tmp_path):
    script = (
        "import os, sys, time; from engine.progress import Control;"
        "from tests.engine.workers.echo import *; worker = echo_worker(yields=True); control = Control();"
        "replies = worker.stream(Misbehave('deaf'), control=control); next(replies); hold = control.hold();"
        "hold.__enter__(); time.sleep(.5); print(worker.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL
    child = Path(f"/proc/{int(ended.stdout)}")
    deadline = time.monotonic() + 10
    while child.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
