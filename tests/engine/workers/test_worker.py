from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.errors import HearthsideError, InputRefused
from engine.words import explain
from engine.workers.worker import Worker
from tests.engine.workers.echo import (
    Count,
    Counted,
    Echo,
    Echoed,
    Evaluate,
    Misbehave,
    Number,
    Reply,
    Text,
    echo_worker,
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Worker[Reply]]:
    """One child for the tests that leave it alive."""
    with echo_worker() as worker:
        yield worker


def test_call_returns_the_one_reply(shared):
    assert shared.call(Echo(b"hello")) == Echoed(b"hello")


def test_stream_gives_replies_as_they_come(shared):
    assert list(shared.stream(Count(2))) == [Number(0), Number(1), Counted(2, cancelled=False)]


def test_fifty_megabytes_go_there_and_back(shared):
    data = bytes(range(250)) * 200_000
    assert shared.call(Echo(data)) == Echoed(data)


def test_callers_in_several_threads_get_their_own_replies(shared):
    def ask(caller: int) -> list[object]:
        return [shared.call(Echo(b"%d %d" % (caller, turn))) for turn in range(20)]

    with ThreadPoolExecutor(8) as callers:
        heard = list(callers.map(ask, range(8)))
    assert heard == [[Echoed(b"%d %d" % (caller, turn)) for turn in range(20)] for caller in range(8)]


def test_second_request_of_the_same_thread_is_refused_while_the_first_is_open(shared):
    numbers = shared.stream(Count(10))
    next(numbers)
    with pytest.raises(RuntimeError, match="wait for itself"):
        shared.call(Echo(b""))
    numbers.close()
    assert shared.call(Echo(b"again")) == Echoed(b"again")


def test_our_errors_cross_as_they_are(shared):
    with pytest.raises(InputRefused) as caught:
        shared.call(Misbehave("refuse"))
    assert (caught.value.code, caught.value.fields) == ("model_absent", {"name": "x", "path": "/somewhere"})


def test_other_exceptions_cross_by_name_only(shared):
    with pytest.raises(HearthsideError) as caught:
        shared.call(Misbehave("raise"))
    assert caught.value.code == "worker_failed"
    assert caught.value.fields == {"worker": "echo", "reason": "ZeroDivisionError"}
    assert "ZeroDivisionError" in explain(caught.value).message
    assert shared.call(Echo(b"still here")) == Echoed(b"still here")


@pytest.mark.parametrize(("how", "reason"), [("silence", "0 replies"), ("twice", "2 replies")])
def test_call_wants_exactly_one_reply(shared, how, reason):
    with pytest.raises(HearthsideError, match=reason):
        shared.call(Misbehave(how))


@pytest.mark.parametrize("how", ["alien", "garbage", "endless frame"])
def test_child_that_answers_what_was_not_agreed_is_ended(how):
    with echo_worker() as worker:
        with pytest.raises(HearthsideError) as caught:
            worker.call(Misbehave(how))
        assert caught.value.fields == {"worker": "echo", "reason": "unreadable reply"}
        assert worker.pid is None
        assert worker.call(Echo(b"anew")) == Echoed(b"anew")


def test_what_a_service_prints_does_not_garble_frames(shared):
    assert shared.call(Misbehave("prints")) == Echoed(b"fine")


def test_last_words_survive_bytes_that_are_no_text():
    with echo_worker() as worker:
        worker.call(Misbehave("prints"))
        with pytest.raises(HearthsideError) as caught:
            worker.call(Misbehave("abort"))
    [words] = caught.value.__notes__
    assert "\ufffd\ufffd not text" in words
    assert "from native code" in words
    assert "Fatal Python error: Aborted" in words
    assert "native code" not in str(caught.value), "it may hold content: never where errors are printed"


def test_module_that_is_no_service_is_named():
    with Worker("tests.engine.workers.absent", Echoed, name="absent") as worker:
        for _ in range(2):
            with pytest.raises(HearthsideError) as caught:
                worker.call(Echo(b""))
            assert caught.value.fields["reason"] == "ModuleNotFoundError"


def test_request_the_service_does_not_know_fails_without_ending_it(shared):
    generation = shared.generation
    with pytest.raises(HearthsideError, match="ValidationError"):
        shared.call(Echoed(b""))
    assert shared.generation == generation


def test_request_that_cannot_be_written_is_the_callers_error(shared):
    with pytest.raises(TypeError):
        shared.call(Echo(object()))
    assert shared.call(Echo(b"fine")) == Echoed(b"fine")


def test_child_gets_the_environment_and_files_it_was_given(tmp_path):
    (tmp_path / "document").write_text("content")
    with (
        (tmp_path / "document").open() as file,
        echo_worker(environment={"GREETING": "hello"}, files=[file.fileno()]) as worker,
    ):
        assert worker.call(Evaluate("os.environ['GREETING']")) == Text("hello")
        assert worker.call(Evaluate(f"os.pread({file.fileno()}, 100, 0)")) == Text("b'content'")
