"""The crossing between threads and Qt: order, coalescing, errors, cancelling, closing."""

import threading
from collections.abc import Callable

from pytestqt.qtbot import QtBot

from app.tasks import Tasks
from engine.errors import HearthsideError, InputRefused, Interrupted
from engine.progress import Control


def test_result_arrives_on_the_window_thread(qtbot: QtBot, tasks: Tasks) -> None:
    seen: list[tuple[int, int]] = []
    tasks.run(threading.get_ident, lambda worked: seen.append((worked, threading.get_ident())))
    qtbot.waitUntil(lambda: bool(seen))
    assert seen[0][0] != seen[0][1] == threading.get_ident()


def test_a_lane_keeps_its_order_and_lanes_do_not_wait_for_each_other(qtbot: QtBot, tasks: Tasks) -> None:
    held, seen = threading.Event(), []
    tasks.run(held.wait, lambda _: seen.append("held"), lane="library")
    for number in range(20):
        tasks.run(lambda number=number: number, seen.append)
    qtbot.waitUntil(lambda: len(seen) == 20)
    assert seen == list(range(20))
    held.set()
    qtbot.waitUntil(lambda: "held" in seen)


def test_a_newer_call_replaces_an_older_one(qtbot: QtBot, tasks: Tasks) -> None:
    held, begun, seen, ran = threading.Event(), threading.Event(), [], []

    def first() -> str:
        begun.set()
        held.wait()
        return "first"

    tasks.run(first, seen.append, replaces="search")
    begun.wait()
    tasks.run(lambda: ran.append("second") or "second", seen.append, replaces="search")
    tasks.run(lambda: "third", seen.append, replaces="search")
    held.set()
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == ["third"]
    assert not ran


def test_errors_have_a_code_whatever_was_raised(qtbot: QtBot, tasks: Tasks) -> None:
    failures: list[HearthsideError] = []
    tasks.failed.connect(failures.append)

    def refuse() -> None:
        raise InputRefused("question_empty")

    tasks.run(refuse)
    tasks.run(lambda: 1 / 0)
    qtbot.waitUntil(lambda: len(failures) == 2)
    assert [error.code for error in failures] == ["question_empty", "unexpected"]
    assert failures[1].fields == {"kind": "ZeroDivisionError"}


def test_everything_told_arrives_in_order_before_the_end_and_gathered(qtbot: QtBot, tasks: Tasks) -> None:
    batches: list[list[int]] = []
    ended: list[int] = []

    def count(tell: Callable[[int], None], _control: Control) -> int:
        for number in range(5000):
            tell(number)
        return len(batches)

    def done(_: int) -> None:
        ended.append(sum(map(len, batches)))

    tasks.start(count, kind="index", lane="library", observe=lambda told: batches.append(list(told)), done=done)
    qtbot.waitUntil(lambda: bool(ended))
    assert [number for batch in batches for number in batch] == list(range(5000))
    assert ended == [5000]
    assert len(batches) < 500
    assert not tasks.jobs


def test_cancel_wakes_a_paused_job_and_is_told_as_interrupted(qtbot: QtBot, tasks: Tasks) -> None:
    begun = threading.Event()
    failures: list[HearthsideError] = []

    def work(_tell: Callable[[int], None], control: Control) -> None:
        begun.set()
        while True:
            control.checkpoint()

    job = tasks.start(
        work, kind="train", lane="learning", observe=lambda _: None, done=lambda _: None, failed=failures.append
    )
    begun.wait()
    job.control.pause()
    job.cancel()
    qtbot.waitUntil(lambda: bool(failures))
    assert isinstance(failures[0], Interrupted)


def test_close_stops_work_then_finishes_and_delivers_nothing_more(qtbot: QtBot) -> None:
    tasks, begun, told = Tasks(), threading.Event(), []

    def work(tell: Callable[[str], None], control: Control) -> None:
        begun.set()
        while True:
            tell("more")
            control.checkpoint()

    tasks.start(work, kind="index", lane="library", observe=told.append, done=told.append, failed=told.append)
    begun.wait()
    order: list[str] = []
    tasks.close(lambda: order.append("closed"))
    seen = len(told)
    tasks.run(lambda: "late", told.append)
    qtbot.wait(50)
    assert order == ["closed"]
    assert len(told) == seen
