"""The watch worker, a real one: what it tells of a real folder, what it leaves alone, what it says when it cannot."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.library.keeping import LIMITS
from engine.library.mounts import Mounts, remote
from engine.library.patterns import LeftOut
from engine.library.watch_protocol import Changed, Watch, WatchReply
from engine.library.watched_folders import WatchedFolders
from engine.progress import Control
from engine.workers.worker import Worker

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="folders are listed on Linux only")


class Watched:
    """What a worker tells of some roots, gathered on a thread."""

    def __init__(self, roots, excluded=()):
        self.trees, self.folders, self.said = set(), set(), []
        self._told = threading.Condition()
        self._control = Control()
        self.worker = Worker("engine.library.watch_service", WatchReply, name="watch", limits=LIMITS)
        request = Watch([str(root) for root in roots], [str(path) for path in excluded])
        self._thread = threading.Thread(target=self._listen, args=[request])
        self._thread.start()
        self.until(lambda: self.said)

    def until(self, condition):
        with self._told:
            assert self._told.wait_for(condition, 30), (self.trees, self.folders, self.said)

    def close(self):
        self._control.cancel()
        self._thread.join(30)
        self.worker.close()

    def _listen(self, request):
        from engine.errors import Interrupted

        try:
            for reply in self.worker.stream(request, control=self._control):
                with self._told:
                    if isinstance(reply, Changed):
                        self.trees |= set(reply.trees)
                        self.folders |= set(reply.folders)
                    else:
                        self.said.append(reply.unwatched)
                    self._told.notify_all()
        except Interrupted:
            pass


@pytest.fixture
def watched():
    made = []

    def watch(*roots, excluded=()):
        made.append(Watched(roots, excluded))
        return made[-1]

    yield watch
    for one in made:
        one.close()


def test_a_written_file_names_its_folder(folder, watched):
    (folder / "below").mkdir()
    eyes = watched(folder)
    assert eyes.said == [""]
    (folder / "below" / "new.txt").write_text("New.")
    eyes.until(lambda: str(folder / "below") in eyes.folders)
    assert eyes.trees == set()


def test_folders_that_come_are_watched_too(folder, watched):
    eyes = watched(folder)
    (folder / "new").mkdir()
    eyes.until(lambda: str(folder / "new") in eyes.trees)
    eyes.folders.clear()
    eyes.until(lambda: _is_watched(eyes.worker.pid, folder / "new"))
    (folder / "new" / "file.txt").write_text("New.")
    eyes.until(lambda: str(folder / "new") in eyes.folders)


def test_a_root_that_goes_and_comes_is_told_and_watched_again(folder, watched):
    eyes = watched(folder)
    folder.rename(folder.with_name("elsewhere"))
    eyes.until(lambda: str(folder) in eyes.trees)
    eyes.trees.clear()
    folder.with_name("elsewhere").rename(folder)
    eyes.until(lambda: str(folder) in eyes.trees)
    eyes.until(lambda: _is_watched(eyes.worker.pid, folder))
    (folder / "new.txt").write_text("New.")
    eyes.until(lambda: str(folder) in eyes.folders)


def test_a_root_that_is_a_file_is_told_itself(folder, watched):
    (folder / "mine.txt").write_text("Mine.")
    eyes = watched(folder / "mine.txt")
    (folder / "other.txt").write_text("Other.")
    (folder / ".mine.new").write_text("Mine, again.")
    (folder / ".mine.new").rename(folder / "mine.txt")
    eyes.until(lambda: eyes.trees)
    assert (eyes.trees, eyes.folders) == ({str(folder / "mine.txt")}, set())


def test_the_worker_opens_no_file(folder, watched):
    """Its kernel holds it to names: what it is asked to look at it could not read."""
    from engine.workers.sandbox import confine

    (folder / "secret.txt").write_text("Secret.")
    script = (
        "import os, sys\n"
        "from engine.workers.sandbox import confine\n"
        "held = confine('engine.library.watch_service', listable=('/',))\n"
        "assert 'secret.txt' in os.listdir(sys.argv[1])\n"
        "try:\n    open(os.path.join(sys.argv[1], 'secret.txt')).read()\n    print('read', held)\n"
        "except PermissionError:\n    print('refused', held)\n"
    )
    assert callable(confine)
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() in (["refused", "True"], ["read", "False"]), done.stdout
    assert LIMITS.confined
    assert LIMITS.listable == ("/",)


LIMITED = """
import sys
from engine.library.watch_protocol import Watch
from engine.library.watch_service import service
from engine.progress import Control
from engine.workers.service import Context

with open("/proc/sys/user/max_inotify_watches", "w") as limit:
    limit.write("3")
replies = service().handle(Watch([sys.argv[1]], []), Context(Control()))
print(next(replies).unwatched)
"""


def test_a_limit_that_is_reached_is_said(folder):
    """A real limit, in a world of users of its own."""
    alone = ["unshare", "--user", "--map-root-user"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system gives nobody limits of their own")
    for number in range(5):
        (folder / str(number)).mkdir()
    done = subprocess.run(
        [*alone, sys.executable, "-c", LIMITED, str(folder)],
        cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "watch_limit"


class TestFolders:
    def test_hidden_ones_links_and_what_was_taken_out_are_not_watched(self, folder, tmp_path):
        for name in ("a/b", ".git/objects", "out/deep", "c"):
            (folder / name).mkdir(parents=True)
        (folder / "link").symlink_to(tmp_path)
        folders = WatchedFolders([str(folder)], [str(folder / "out")])
        assert folders.list() == set()
        assert sorted(folders.watched) == [str(folder), *(str(folder / name) for name in ("a", "a/b", "c"))]

    def test_what_patterns_leave_out_is_not_watched(self, folder):
        (folder / "node_modules" / "deep").mkdir(parents=True)
        folders = WatchedFolders([str(folder)], [], LeftOut({str(folder): "node_modules/\n*.log"}))
        folders.list()
        assert folders.watched == [str(folder)]
        events = [(1, str(folder / name)) for name in ("node_modules/a.txt", "today.log")]
        assert folders.places(events) == (set(), set())

    def test_the_second_list_tells_what_is_new(self, folder):
        folders = WatchedFolders([str(folder)], [])
        folders.list()
        (folder / "new" / "inner").mkdir(parents=True)
        assert folders.list() == {str(folder / "new"), str(folder / "new" / "inner")}
        assert folders.list() == set()

    def test_a_name_that_is_no_text_is_not_watched(self, folder):
        (folder / os.fsdecode(b"caf\xe9")).mkdir()
        folders = WatchedFolders([str(folder)], [])
        folders.list()
        assert folders.watched == [str(folder)]

    def test_where_events_say_to_look(self, folder):
        (folder / "below").mkdir()
        folders = WatchedFolders([str(folder)], [str(folder / "out")])
        folders.list()

        def places(*paths):
            return folders.places((1, str(folder / path)) for path in paths)

        assert places("a.txt") == (set(), {str(folder)})
        assert places("below") == ({str(folder / "below")}, {str(folder)})
        assert places("below/.hidden.txt", ".git/x", "out/x", "../y") == (set(), set())
        assert places("") == ({str(folder)}, set())


def test_roots_are_looked_at_now_and_then(folder, tmp_path):
    mounts = Mounts([str(folder), str(tmp_path / "absent")], every_s=0.0)
    assert mounts.changed() == set()
    folder.rename(tmp_path / "absent")
    assert mounts.changed() == {str(folder), str(tmp_path / "absent")}
    assert mounts.changed() == set()


def test_roots_are_not_looked_at_all_the_time(folder):
    mounts = Mounts([str(folder)], every_s=3600)
    folder.rmdir()
    assert mounts.changed() == set()


def test_roots_on_shares_are_known_by_what_is_mounted(monkeypatch, tmp_path):
    table = tmp_path / "mountinfo"
    table.write_text(
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "90 22 0:55 / /mnt/my\\040share rw - nfs4 server:/export rw\n"
        "91 22 0:56 / /mnt/phone rw - fuse.sshfs ada@phone: rw\n"
        "broken\n"
    )
    monkeypatch.setattr("engine.library.mounts._TABLE", table)
    assert remote(["/home/ada", "/mnt/my share/docs", "/mnt/phone", "/mnt"]) == {"/mnt/my share/docs", "/mnt/phone"}
    table.unlink()
    assert remote(["/home/ada"]) == set()


def _is_watched(pid, folder):
    """Whether the process has a watch of this folder, as its kernel says."""
    inode = f"ino:{folder.stat().st_ino:x} "
    for file in Path(f"/proc/{pid}/fdinfo").iterdir():
        if any(line.startswith("inotify") and inode in line for line in file.read_text().splitlines()):
            return True
    return False
