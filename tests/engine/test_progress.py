import threading

import pytest

from engine.errors import Interrupted
from engine.progress import Control


def test_a_cancelled_control_stops_at_the_next_checkpoint():
    control = Control()
    control.checkpoint()
    control.cancel()
    with pytest.raises(Interrupted):
        control.checkpoint()


def test_cancelling_wakes_what_is_paused():
    control = Control()
    control.pause()
    stopped = threading.Event()

    def work():
        with pytest.raises(Interrupted):
            control.checkpoint()
        stopped.set()

    thread = threading.Thread(target=work)
    thread.start()
    control.cancel()
    thread.join(5)
    assert stopped.is_set()


def test_each_callback_is_called_once_and_late_ones_at_once():
    control = Control()
    calls = []
    control.on_cancel(lambda: calls.append("early"))
    taken_back = control.on_cancel(lambda: calls.append("never"))
    taken_back()
    control.cancel()
    control.cancel()
    control.on_cancel(lambda: calls.append("late"))
    assert calls == ["early", "late"]


def test_held_work_stands_still_until_every_holder_is_gone():
    control, passed = Control(), threading.Event()

    def work():
        control.checkpoint()
        passed.set()

    with control.hold():
        with control.hold():
            thread = threading.Thread(target=work)
            thread.start()
        assert not passed.is_set()
    thread.join()
    assert passed.is_set()


def test_held_work_can_be_cancelled():
    control = Control()
    with control.hold():
        control.cancel()
        with pytest.raises(Interrupted):
            control.checkpoint()
