import queue
import stat
import tempfile
from pathlib import Path

import pytest

from engine.handover import Index, Listener, Show, hand_over


@pytest.fixture
def runtime_folder(monkeypatch):
    with tempfile.TemporaryDirectory() as folder:  # pytest's own paths may be too long for a socket
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


@pytest.fixture
def profile(tmp_path, runtime_folder):
    return tmp_path / "profile"


def test_the_window_gets_what_a_second_start_asks(profile):
    taken = queue.Queue()
    listener = Listener(profile, taken.put)
    try:
        assert hand_over(profile, Show())
        assert hand_over(profile, Index(["/a/ö", "/b"]))
        assert [taken.get(timeout=5), taken.get(timeout=5)] == [Show(), Index(["/a/ö", "/b"])]
    finally:
        listener.close()


def test_nobody_answers_for_a_profile_without_a_window(profile):
    assert not hand_over(profile, Show())


def test_another_profile_is_another_address(profile, tmp_path):
    listener = Listener(profile, lambda _: None)
    try:
        assert not hand_over(tmp_path / "other", Show())
    finally:
        listener.close()


def test_a_socket_left_by_a_crash_does_not_block_the_next_start(profile):
    first = Listener(profile, lambda _: None)
    first._socket.close()  # as a kill leaves it: the file stays
    second = Listener(profile, lambda _: None)
    try:
        assert hand_over(profile, Show())
    finally:
        second.close()


def test_a_path_too_long_for_a_socket_is_said_at_once(profile, runtime_folder, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime_folder / ("long" * 30)))
    with pytest.raises(OSError, match="too long"):
        Listener(profile, lambda _: None)
    assert not hand_over(profile, Show())


def test_only_the_owner_may_enter(profile, runtime_folder):
    listener = Listener(profile, lambda _: None)
    try:
        folder = runtime_folder / "hearthside"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(listener._path.stat().st_mode) == 0o600
    finally:
        listener.close()


def test_bytes_that_are_no_request_are_passed_over(profile):
    import socket

    taken = queue.Queue()
    listener = Listener(profile, taken.put)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stranger:
            stranger.connect(str(listener._path))
            stranger.sendall(b"\x80not json")
            stranger.shutdown(socket.SHUT_WR)
            assert stranger.recv(2) == b""
        assert hand_over(profile, Show())
        assert taken.get(timeout=5) == Show()
    finally:
        listener.close()
