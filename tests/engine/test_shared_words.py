"""Clock, ids, settings and durable writes: small, and everything stands on them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from engine.clock import from_rfc3339, rfc3339
from engine.durable import write_atomically
from engine.errors import InputRefused
from engine.ids import new_id
from engine.paths import as_named
from engine.settings import Settings, load_settings, save_settings


def test_times_go_there_and_back():
    assert rfc3339(1_700_000_000_123) == "2023-11-14T22:13:20.123Z"
    assert from_rfc3339("2023-11-14T22:13:20.123Z") == 1_700_000_000_123
    assert from_rfc3339("2023-11-14T23:13:20.123+01:00") == 1_700_000_000_123


def test_ids_sort_by_the_time_they_were_made():
    made = [new_id() for _ in range(100)]
    assert made == sorted(made)
    assert len(set(made)) == 100


def test_settings_go_there_and_back(tmp_path):
    path = tmp_path / "settings.json"
    assert load_settings(path) == Settings()
    changed = msgspec.structs.replace(Settings(), temperature=0.9)
    save_settings(path, changed)
    assert load_settings(path) == changed


@pytest.mark.parametrize("text", ['{"temperature": 9}', '{"threads": "two"}', "not json"])
def test_a_settings_file_that_cannot_be_used_says_why(tmp_path, text):
    path = tmp_path / "settings.json"
    path.write_text(text)
    with pytest.raises(InputRefused, match="settings_invalid"):
        load_settings(path)


def test_a_write_is_owner_only_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "file"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [path]


def test_a_kill_leaves_the_old_bytes_or_the_new(tmp_path):
    path = tmp_path / "file"
    code = (
        "import sys; from pathlib import Path; from engine.durable import write_atomically\n"
        "n = 0\n"
        "while True:\n"
        "    n += 1; write_atomically(Path(sys.argv[1]), bytes([n % 256]) * 100_000); print(n, flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE) as child:
        for _ in range(20):
            child.stdout.readline()
        os.kill(child.pid, signal.SIGKILL)
    data = path.read_bytes()
    assert len(data) == 100_000
    assert len(set(data)) == 1


def test_a_path_is_what_its_owner_named_with_its_links(tmp_path, monkeypatch):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path / "real")
    assert as_named(Path("../link/x.txt")) == tmp_path / "link" / "x.txt"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert as_named(Path("~/real")) == tmp_path / "real"
