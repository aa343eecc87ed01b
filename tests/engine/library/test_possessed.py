"""What a document reaches once it runs code in its reader: nothing but itself, and an end with a name."""

import os
import sys
from pathlib import Path

import msgspec
import pytest

from engine.library import parse
from engine.library.library import Library
from engine.library.loaders.contract import Refused
from engine.library.parse import LIMITS, ParseBatch
from engine.library.values import FileState

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has this sandbox")


@pytest.fixture(autouse=True)
def possessed(monkeypatch):
    monkeypatch.setattr(parse, "_SERVICE", "tests.engine.library.possessed")


def run(folder: Path, code: str, **options) -> str:
    """What a document with this code says, or the reason it ends with."""
    path = folder / "document.txt"
    path.write_text(code)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with ParseBatch([descriptor], text_limit=1_000_000, **options) as parser:
            return parser.parse(descriptor, ".txt").text.removeprefix("says ")
    except Refused as refused:
        return refused.reason if refused.state is FileState.UNREADABLE else str(refused.state)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    "place",
    ["/etc/passwd", "/proc/self/environ", "/proc/1/status", "~", "~/.local/share", "library.db", "sibling.txt", "."],
)
def test_it_opens_no_path(folder, database, tmp_path, place):
    (folder / "sibling.txt").write_text("the owner's")
    path = {"library.db": tmp_path / "library.db", "sibling.txt": folder / "sibling.txt", ".": folder}.get(
        place, Path(place).expanduser()
    )
    expected = "PermissionError" if path.exists() else "FileNotFoundError"
    assert run(folder, f'attempt("os.open({str(path)!r}, 0)")') == expected


def test_it_lists_and_makes_nothing(folder):
    code = f"""
attempt("os.listdir({str(folder)!r})")
attempt("os.mkdir({str(folder / "new")!r})")
attempt("os.symlink('/', {str(folder / "new")!r})")
attempt("os.unlink({str(folder / "document.txt")!r})")
attempt("os.rename({str(folder / "document.txt")!r}, {str(folder / "new")!r})")
attempt("os.chmod({str(folder / "document.txt")!r}, 0o777)")
attempt("os.fchmod(0, 0o777)")
"""
    assert set(run(folder, code).split()) == {"PermissionError"}
    assert [path.name for path in folder.iterdir()] == ["document.txt"]


def test_it_cannot_go_around_by_its_own_descriptors(folder):
    """A descriptor is no way to a path: neither to write to the document, nor to leave by its folder."""
    code = """
attempt("os.open(f'/proc/self/fd/{document}', os.O_RDWR)")
attempt("os.open(f'/proc/self/fd/{document}', os.O_RDONLY)")
attempt("os.open('/proc/self/cwd', 0)")
attempt("os.open('/proc/self/root', 0)")
"""
    assert set(run(folder, code).split()) == {"PermissionError"}


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET"])
def test_it_opens_no_socket(folder, family):
    code = f'attempt("socket.socket(socket.{family}, socket.SOCK_DGRAM)"); attempt("socket.socketpair()")'
    assert run(folder, code) == "PermissionError PermissionError"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("while True: os.fork()", "read_error"),  # the first is refused
        ("os.execv('/usr/bin/true', ['true'])", "read_error"),
        (
            "import threading\nwhile True: threading.Thread(target=threading.Event().wait, daemon=True).start()",
            "broken",
        ),
        ("x = bytearray(1 << 40)", "memory"),
        ("x = []\nwhile True: x.append(bytearray(1 << 24))", "memory"),
        ("os.write(os.memfd_create('x'), bytes(1 << 20))", "read_error"),
        ("[os.dup(0) for _ in range(10_000)]", "read_error"),
        ("exec('(' * 300)", "broken"),
        ("def deep(): deep()\ndeep()", "broken"),
        ("ctypes.string_at(0)", "crashed"),
        ("os.abort()", "crashed"),
        ("os._exit(0)", "crashed"),
        ("os.kill(os.getpid(), 9)", "killed"),
        ("os.kill(os.getppid(), 9)", "read_error"),
    ],
)
def test_whatever_it_does_has_a_name(folder, code, reason):
    assert run(folder, code) == reason


@pytest.mark.parametrize("limit", [{"wall_s": 1.0}, {"limits": msgspec.structs.replace(LIMITS, cpu_seconds=1)}])
def test_an_endless_loop_is_ended(folder, limit):
    assert run(folder, "while True: pass", **limit) == "too_slow"


def test_sleeping_is_ended_too(folder):
    assert run(folder, "import time\ntime.sleep(3600)", wall_s=1.0) == "too_slow"


def crash(folder: Path, library: Library) -> None:
    (folder / "a.txt").write_text("say('harbour')")
    (folder / "bad.txt").write_text("ctypes.string_at(0)")
    (folder / "c.txt").write_text("say('gulls')")
    assert states(library.add([folder]).files) == {"a.txt": "", "bad.txt": "crashed", "c.txt": ""}


def states(files) -> dict[str, str]:
    return {Path(file.path).name: file.reason for file in files}


def test_what_took_its_reader_down_is_left_alone_until_it_changes(folder, library):
    crash(folder, library)
    assert library.refresh().fresh == 0
    os.utime(folder / "bad.txt", (0, 0))
    assert states(library.refresh().files)["bad.txt"] == "crashed"
    (folder / "bad.txt").write_text("say('mended')")
    assert states(library.refresh().files)["bad.txt"] == ""
    assert library.search("mended")[0].path.endswith("bad.txt")


def test_what_took_its_reader_down_is_read_again_when_it_is_named(folder, library):
    crash(folder, library)
    assert library.add([folder]).fresh == 0
    assert library.add([folder / "bad.txt"]).fresh == 1
    assert library.refresh().fresh == 0


def test_a_reader_that_the_system_ended_says_nothing_of_its_file(folder, library):
    (folder / "unlucky.txt").write_text("os.kill(os.getpid(), 9)")
    assert states(library.add([folder]).files) == {"unlucky.txt": "killed"}
    assert library.refresh().fresh == 1
