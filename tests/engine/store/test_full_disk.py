"""A full disk: a clear error, nothing lost, and deleting still works. On a real small disk, and under a limit."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import HearthsideError
from tests.engine.store.conftest import add, bodies, open_notes

ROOT = Path(__file__).parents[3]
INSIDE = Path(__file__).with_name("small_disk.py")
UNSHARE = ["unshare", "--user", "--map-root-user", "--mount", "--", "sh", "-c"]
MOUNT = 'mount -t tmpfs -o size=8m tmpfs "$1"'


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a small disk of memory, as Linux can without rights")
def test_on_a_small_disk(tmp_path: Path) -> None:
    tried = subprocess.run([*UNSHARE, MOUNT, "sh", tmp_path], capture_output=True, text=True, check=False)
    if tried.returncode and os.geteuid():
        pytest.skip(f"this system lets only root mount: {tried.stderr.strip()}")
    inner = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", f"--basetemp={tmp_path}/tests", INSIDE]
    done = subprocess.run(
        [*UNSHARE, f'{MOUNT} && shift && exec "$@"', "sh", tmp_path, *inner],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_a_file_that_may_not_grow(path: Path, key: bytes) -> None:
    """The same error code where a quota, not the disk, is the end. Works everywhere, without any rights."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with open_notes(path, key) as database:
        add(database, "kept")
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
        try:
            with pytest.raises(HearthsideError, match="disk_full"):
                add(database, *("x" * 3000 + str(number) for number in range(200)))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert bodies(database) == ["kept"]
        add(database, "after")
    with open_notes(path, key) as database:
        assert bodies(database) == ["kept", "after"]
