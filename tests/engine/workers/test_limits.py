import sys

import pytest

from engine.errors import HearthsideError
from engine.words import explain
from engine.workers.worker import Limits
from tests.engine.workers.echo import Evaluate, Misbehave, Text, echo_worker

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource limits")
MEGABYTE = 1 << 20


def evaluate(limits: Limits, expression: str) -> str:
    with echo_worker(limits) as worker:
        answer = worker.call(Evaluate(expression))
    assert isinstance(answer, Text)
    return answer.text


def test_memory_beyond_the_limit_fails_the_request_and_not_the_child():
    with echo_worker(Limits(address_space=500 * MEGABYTE)) as worker:
        with pytest.raises(HearthsideError, match="MemoryError"):
            worker.call(Evaluate(f"len(bytes({500 * MEGABYTE}))"))
        assert worker.call(Evaluate(f"len(bytes({MEGABYTE}))")) == Text(str(MEGABYTE))


def test_processor_time_beyond_the_limit_ends_the_child_and_says_so():
    with echo_worker(Limits(cpu_seconds=1)) as worker, pytest.raises(HearthsideError) as caught:
        worker.call(Misbehave("burn"))
    assert caught.value.fields["how"] == "SIGXCPU"
    assert "processor time" in explain(caught.value).message


def test_files_cannot_grow_beyond_the_limit(tmp_path):
    with pytest.raises(HearthsideError, match="OSError"):
        evaluate(Limits(file_size=0), f"open({str(tmp_path / 'new')!r}, 'wb', 0).write(b'x')")


def test_descriptors_beyond_the_limit_are_refused():
    with pytest.raises(HearthsideError, match="OSError"):
        evaluate(Limits(open_files=32), "[open('/dev/null') for _ in range(32)]")


def test_child_can_be_less_urgent():
    assert evaluate(Limits(nice=7), "os.nice(0)") == "7"


def test_limit_above_what_the_machine_allows_is_lowered_to_it():
    assert evaluate(Limits(open_files=1 << 30), "__import__('resource').getrlimit(7)[0] < 1 << 30") == "True"


def test_no_child_leaves_a_core_file():
    assert evaluate(Limits(), "__import__('resource').getrlimit(4)") == "(0, 0)"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's own")
def test_no_child_is_open_to_debuggers():
    assert evaluate(Limits(), "ctypes.CDLL(None).prctl(3)") == "0"
