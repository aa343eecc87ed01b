"""One owner a profile, whoever dies; a reserve that takes real room and gives it back."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import Busy, HearthsideError, InputRefused
from engine.paths import ProfilePaths
from engine.store.failures import explained
from engine.store.profile import ProfileLock, Reserve

ROOT = Path(__file__).parents[3]
HOLDER = """
import sys
from pathlib import Path
from engine.paths import ProfilePaths
from engine.store.failures import explained
from engine.store.profile import ProfileLock
held = ProfileLock(ProfilePaths(Path(sys.argv[1])))
print("held", flush=True)
sys.stdin.read()
"""


def test_one_owner_at_a_time(paths: ProfilePaths) -> None:
    with ProfileLock(paths), pytest.raises(Busy, match="profile_busy"):
        ProfileLock(paths)
    ProfileLock(paths).release()


def test_another_process_is_kept_out_until_it_is_over_however_it_ends(paths: ProfilePaths) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(paths.root)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Busy, match="profile_busy"):
            ProfileLock(paths)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    ProfileLock(paths).release()


def test_a_folder_that_is_not_there_is_no_profile(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="profile_absent"):
        ProfileLock(ProfilePaths(tmp_path / "absent"))
    (tmp_path / "file").touch()
    with pytest.raises(InputRefused, match="profile_absent"):
        ProfileLock(ProfilePaths(tmp_path / "file"))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EACCES, "database_not_writable"),
        (errno.EROFS, "database_not_writable"),
    ],
)
def test_what_the_system_says_of_a_file_is_told_in_our_words(tmp_path: Path, number: int, code: str) -> None:
    with pytest.raises(HearthsideError, match=code), explained(tmp_path):
        raise OSError(number, os.strerror(number))
    with pytest.raises(ConnectionResetError), explained(tmp_path):
        raise ConnectionResetError


def test_the_reserve_is_really_allocated(paths: ProfilePaths) -> None:
    reserve = Reserve(paths.reserve, 3_000_000)
    assert not reserve.held
    assert reserve.fill()
    assert reserve.fill()
    found = paths.reserve.stat()
    assert found.st_size == 3_000_000
    assert found.st_blocks * 512 >= 3_000_000
    assert len(set(paths.reserve.read_bytes()[:10_000])) > 200  # nothing a file system could compress away
    assert reserve.release()
    assert not reserve.release()


def test_a_reserve_cut_short_is_made_again(paths: ProfilePaths) -> None:
    paths.reserve.write_bytes(b"short")
    reserve = Reserve(paths.reserve, 10_000)
    assert not reserve.held
    assert reserve.fill()
    assert reserve.held


def test_work_that_needs_no_room_spends_nothing(paths: ProfilePaths) -> None:
    reserve = Reserve(paths.reserve, 10_000)
    reserve.fill()
    assert reserve.spend_on(lambda: "done") == "done"
    assert reserve.held


def test_work_is_done_once_more_in_the_room_given_back(paths: ProfilePaths) -> None:
    reserve = Reserve(paths.reserve, 10_000)
    reserve.fill()

    def work() -> str:
        if reserve.held:
            raise HearthsideError("disk_full", path="")
        return "done"

    assert reserve.spend_on(work) == "done"
    assert reserve.held


def test_other_failures_and_a_spent_reserve_are_told(paths: ProfilePaths) -> None:
    reserve = Reserve(paths.reserve, 10_000)

    def work() -> None:
        raise HearthsideError(code, path="")

    for code in ("disk_full", "disk_failed"):
        with pytest.raises(HearthsideError, match=code):
            reserve.spend_on(work)
    reserve.fill()
    with pytest.raises(HearthsideError, match="disk_failed"):
        reserve.spend_on(work)
    assert reserve.held
