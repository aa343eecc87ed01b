import sys
from pathlib import Path

import pytest

from engine.errors import HearthsideError
from engine.workers import sandbox
from engine.workers.worker import Limits
from tests.engine.workers.echo import Evaluate, Misbehave, Text, echo_worker

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this sandbox")
CONFINED = Limits(confined=True)


@pytest.fixture(scope="module")
def confined():
    with echo_worker(CONFINED) as worker:
        yield worker


def refusal(worker, expression: str) -> str:
    with pytest.raises(HearthsideError) as caught:
        worker.call(Evaluate(expression))
    return caught.value.fields["reason"]


def test_confined_child_works_and_loads_its_own_code_later(confined):
    assert confined.call(Evaluate("__import__('lxml.etree').etree.fromstring('<a/>').tag")) == Text("a")


def test_confined_child_opens_nothing_of_the_owner(confined, tmp_path):
    (tmp_path / "secret").write_text("the owner's")
    assert refusal(confined, f"open({str(tmp_path / 'secret')!r}).read()") == "PermissionError"
    assert refusal(confined, f"os.listdir({str(tmp_path)!r})") == "PermissionError"
    assert refusal(confined, "os.listdir('/')") == "PermissionError"


def test_confined_child_writes_nowhere(confined, tmp_path):
    assert refusal(confined, f"open({str(tmp_path / 'new')!r}, 'w')") == "PermissionError"
    assert refusal(confined, f"os.mkdir({str(tmp_path / 'new')!r})") == "PermissionError"
    assert refusal(confined, f"open({sandbox.__file__!r}, 'a')") == "PermissionError"


def test_confined_child_runs_no_program_and_opens_no_socket(confined):
    assert refusal(confined, "__import__('subprocess').run(['/usr/bin/true'])") == "PermissionError"
    assert refusal(confined, "__import__('socket').socket(1)") == "PermissionError"


@pytest.mark.parametrize(
    "expression",
    [
        "os.fork()",
        "os.posix_spawn('/usr/bin/true', ['true'], {})",
        "os.execv('/usr/bin/true', ['true'])",
        "os.chmod(os.path.expanduser('~'), 0o700)",
        "os.utime(os.path.expanduser('~'))",
        "__import__('resource').prlimit(os.getppid(), 7)",
    ],
)
def test_confined_child_does_nothing_that_needs_no_open_file(confined, expression):
    assert refusal(confined, expression) == "PermissionError"


def test_confined_child_starts_threads(confined):
    threaded = "__import__('concurrent.futures').futures.ThreadPoolExecutor(2).submit(len, 'abc').result()"
    assert confined.call(Evaluate(threaded)) == Text("3")


def test_confined_child_that_aborts_says_so():
    with echo_worker(CONFINED) as worker, pytest.raises(HearthsideError) as caught:
        worker.call(Misbehave("abort"))
    assert caught.value.fields["how"] == "SIGABRT"


@pytest.mark.parametrize(
    "place", ["/etc/passwd", "/proc/self/environ", "/usr/share/doc", "~", "~/.bashrc", "/tmp", "/"]
)
def test_confined_child_opens_nothing_of_the_system(confined, place):
    path = Path(place).expanduser()
    if path.exists():
        assert refusal(confined, f"os.open({str(path)!r}, os.O_RDONLY)") == "PermissionError"


def test_a_writable_folder_is_written_to_and_no_other(tmp_path):
    (tmp_path / "made").mkdir()
    with echo_worker(Limits(confined=True, writable=(str(tmp_path / "made"),))) as worker:
        assert worker.call(Evaluate(f"open({str(tmp_path / 'made' / 'new')!r}, 'w').write('x')")) == Text("1")
        assert refusal(worker, f"open({str(tmp_path / 'new')!r}, 'w')") == "PermissionError"


def test_confined_child_signals_nobody_outside(confined):
    assert refusal(confined, "os.kill(os.getppid(), 0)") == "PermissionError"


def test_what_is_named_readable_is_readable(tmp_path):
    (tmp_path / "model").write_text("weights")
    with echo_worker(Limits(confined=True, readable=(str(tmp_path / "model"), str(tmp_path / "absent")))) as worker:
        assert worker.call(Evaluate(f"open({str(tmp_path / 'model')!r}).read()")) == Text("weights")
        assert refusal(worker, f"open({str(tmp_path / 'model')!r}, 'a')") == "PermissionError"


def test_documents_come_in_as_open_descriptors(tmp_path):
    (tmp_path / "document").write_text("content")
    with (
        (tmp_path / "document").open() as file,
        echo_worker(CONFINED, files=[file.fileno()]) as worker,
    ):
        assert worker.call(Evaluate(f"os.pread({file.fileno()}, 100, 0)")) == Text("b'content'")


def test_limits_of_a_parser_leave_room_to_work():
    limits = Limits(confined=True, address_space=1 << 30, cpu_seconds=30, file_size=0, open_files=64, nice=5)
    with echo_worker(limits) as worker:
        assert worker.call(Evaluate("__import__('pypdfium2').__name__")) == Text("pypdfium2")
        assert worker.call(Evaluate("__import__('docx').Document().paragraphs")) == Text("[]")


@pytest.mark.parametrize(("version", "rights"), [(1, 13), (2, 14), (4, 15), (7, 16)])
def test_older_kernels_are_asked_for_what_they_know(version, rights):
    assert sandbox._known(sandbox._FILE_RIGHTS, version) == rights
