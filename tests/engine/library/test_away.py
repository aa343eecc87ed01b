"""Away is never gone: drives that are out, folders that are closed or renamed. What was read is kept, and said so."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from engine.library import changes
from engine.library.library import Library
from engine.library.schema import MIGRATIONS
from engine.library.values import FileState
from engine.progress import Control
from engine.store.database import Database
from tests.fakes.embedder import HashingEmbedder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links, permissions and drives as POSIX has them")


def write(folder, **texts):
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")


def away(library):
    return {Path(file.path).name: file.away for file in library.files() if file.away}


@pytest.fixture
def harbour(folder, library):
    write(folder, ships="Ships lie in the harbour.", gulls="Gulls cry.")
    write(folder / "below", deep="Deep water.")
    library.add([folder])
    return folder


@pytest.fixture
def other_drive():
    """A folder on another drive than the tests' own."""
    shared = Path("/dev/shm")
    if not shared.is_dir() or shared.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev:
        pytest.skip("there is no second drive")
    made = Path(tempfile.mkdtemp(dir=shared))
    yield made
    shutil.rmtree(made)


def test_a_folder_that_is_renamed_is_away_and_comes_back_unread(harbour, library, embedder):
    before, rows = embedder.embedded, library._database.read("SELECT id, chunk FROM chunks JOIN vectors ON chunk = id")
    harbour.rename(harbour.with_name("elsewhere"))
    library.refresh()
    assert away(library) == dict.fromkeys(["ships.txt", "gulls.txt", "deep.txt"], "absent")
    assert [(one.state, one.reason, one.away) for one in library.standings()] == [("away", "absent", 3)]
    found = library.search("ships harbour")[0]
    assert (found.path, found.away) == (str(harbour / "ships.txt"), "absent")
    assert library.passage(found.chunk_id).away == "absent"
    harbour.with_name("elsewhere").rename(harbour)
    assert library.refresh().fresh == 0
    assert (away(library), embedder.embedded) == ({}, before)
    assert library.search("ships harbour")[0].away == ""
    assert library._database.read("SELECT id, chunk FROM chunks JOIN vectors ON chunk = id") == rows


def test_a_folder_of_another_drive_is_away_while_an_empty_one_stands_in_its_place(
    library, embedder, other_drive, tmp_path
):
    """As an unmounted drive leaves it: the root is there, empty, and on the drive below."""
    root, empty = tmp_path / "drive", tmp_path / "mount point"
    write(other_drive, ships="Ships lie in the harbour.")
    root.symlink_to(other_drive)
    empty.mkdir()
    library.add([root])
    before = embedder.embedded
    root.unlink()
    root.symlink_to(empty)
    report = library.refresh()
    assert (report.removed, away(library)) == (0, {"ships.txt": "away"})
    assert [(one.state, one.reason) for one in library.standings()] == [("away", "away")]
    assert library.search("ships harbour")[0].away == "away"
    root.unlink()
    root.symlink_to(other_drive)
    library.refresh()
    assert (away(library), embedder.embedded) == ({}, before)
    (other_drive / "ships.txt").unlink()
    assert library.refresh().removed == 1


def test_a_drive_that_is_numbered_otherwise_is_known_by_its_files(harbour, library):
    """Numbers of drives do not last: one file that stayed shows that what is not there is deleted."""
    with library._database.write() as connection:
        connection.execute("UPDATE documents SET device = device + 77")
    (harbour / "gulls.txt").unlink()
    report = library.refresh()
    assert (report.removed, report.fresh, away(library)) == (1, 0, {})
    (harbour / "ships.txt").unlink()
    assert library.refresh().removed == 1


def test_a_drive_within_a_root_is_away_alone(harbour, library):
    with library._database.write() as connection:
        connection.execute("UPDATE documents SET device = device + 77 WHERE path LIKE '%/below/%'")
    shutil.rmtree(harbour / "below")
    library.refresh()
    assert away(library) == {"deep.txt": "away"}
    assert [(one.state, one.away) for one in library.standings()] == [("current", 1)]


def closed(monkeypatch, *, scandir=None, open_=None):
    """Refuse what ends so, as another owner's permissions do."""

    def refusing(real, end):
        def call(path, *rest, **named):
            if str(path).endswith(end):
                raise PermissionError(13, "denied")
            return real(path, *rest, **named)

        return call

    if scandir:
        monkeypatch.setattr(os, "scandir", refusing(os.scandir, scandir))
    if open_:
        monkeypatch.setattr(os, "open", refusing(os.open, open_))


def test_a_folder_that_is_closed_to_us_keeps_what_is_known(harbour, library, monkeypatch):
    with monkeypatch.context() as patched:
        closed(patched, scandir="below")
        library.refresh()
        assert away(library) == {"deep.txt": "folder_denied"}
    library.refresh()
    assert away(library) == {}


def test_a_file_that_is_closed_to_us_keeps_what_is_known(harbour, library, monkeypatch):
    write(harbour, ships="Ships have left.")
    with monkeypatch.context() as patched:
        closed(patched, open_="ships.txt")
        library.refresh()
        assert away(library) == {"ships.txt": "denied"}
        assert library.search("ships harbour")[0].text == "Ships lie in the harbour."
    library.refresh()
    assert (away(library), library.search("ships")[0].text) == ({}, "Ships have left.")


@pytest.mark.skipif(os.geteuid() == 0 if sys.platform != "win32" else True, reason="root may read everything")
def test_a_folder_whose_names_alone_can_be_read_keeps_what_is_known(harbour, library):
    (harbour / "below").chmod(0o400)
    try:
        library.refresh()
        assert away(library) == {"deep.txt": "denied"}
    finally:
        (harbour / "below").chmod(0o700)


def test_a_file_moved_out_of_a_root_that_is_gone_into_another_keeps_its_document(harbour, library, embedder, tmp_path):
    archive = tmp_path / "archive"
    write(archive, old="Old things.")
    library.add([archive])
    before, old = embedder.embedded, library.search("ships harbour")[0]
    harbour.rename(archive / "harbour")
    library.refresh()
    new = library.search("ships harbour")[0]
    assert (new.document_id, new.chunk_id) == (old.document_id, old.chunk_id)
    assert (new.path, new.away, embedder.embedded) == (str(archive / "harbour" / "ships.txt"), "", before)


def test_a_file_on_a_place_that_is_away_is_read_again_when_it_changed_meanwhile(harbour, library):
    harbour.rename(harbour.with_name("elsewhere"))
    library.refresh()
    write(harbour.with_name("elsewhere"), ships="Ships have left.")
    harbour.with_name("elsewhere").rename(harbour)
    assert library.refresh().fresh == 1
    assert (away(library), library.search("ships")[0].text) == ({}, "Ships have left.")


def test_the_drive_of_a_path_is_that_of_the_nearest_folder(tmp_path):
    at = changes.device_at()
    assert at(str(tmp_path / "no" / "such" / "file")) == tmp_path.stat().st_dev


def test_a_file_written_to_while_it_is_read_is_read_again(folder, library, monkeypatch):
    """Neither the old bytes nor the new may be taken for what was read, though the old come back."""
    from engine.library.parse import ParseBatch

    write(folder, ships="Ships lie in the harbour.")
    parse = ParseBatch.parse

    def written_meanwhile(self, *arguments):
        write(folder, ships="Ships are at sea, all of them.")
        return parse(self, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(ParseBatch, "parse", written_meanwhile)
        library.add([folder])
    write(folder, ships="Ships lie in the harbour.")
    assert library.refresh().fresh == 1
    assert library.search("ships")[0].text == "Ships lie in the harbour."


MOUNTED = """
import subprocess, sys
from pathlib import Path
from engine.clock import system_clock
from engine.library.library import Library
from engine.library.schema import MIGRATIONS
from engine.store.database import Database
from tests.fakes.embedder import HashingEmbedder

drive, place = Path(sys.argv[1]), Path(sys.argv[2])
embedder = HashingEmbedder()
database = Database.open(drive.parent / "library.db", bytes(range(32)), MIGRATIONS, durable=False)
library = Library(database, embedder, text_limit_mb=1, clock=system_clock)

def told():
    [standing] = library.standings()
    print(standing.state, standing.away, library.refresh().removed, embedder.embedded, flush=True)

def mount(*words):
    subprocess.run(["mount", *words], check=True)

mount("-t", "tmpfs", "none", str(drive))
(drive / "ships.txt").write_text("Ships lie in the harbour.")
mount("--bind", str(drive), str(place))
library.add([place.parent])
told()
subprocess.run(["umount", str(place)], check=True)
told()
mount("--bind", str(drive), str(place))
told()
(place / "ships.txt").unlink()
(place / "gulls.txt").write_text("Gulls cry.")
told()
told()
"""


def test_a_drive_that_is_taken_out_and_put_in_again(tmp_path):
    """A real one, in a world of mounts of its own."""
    alone = ["unshare", "--user", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system gives nobody mounts of their own")
    drive, place = tmp_path / "drive", tmp_path / "media" / "usb"
    for folder in (drive, place):
        folder.mkdir(parents=True)
    command = [*alone, sys.executable, "-c", MOUNTED, str(drive), str(place)]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "current 0 0 1",
        "away 1 0 1",
        "current 0 0 1",
        "behind 0 1 2",
        "current 0 0 2",
    ]


def test_every_reason_to_be_away_has_words():
    from engine.words import say

    for reason in (
        "absent",
        "away",
        "denied",
        "folder_denied",
        "read_error",
        "link",
        "closed",
        "watch_limit",
        "watch_failed",
    ):
        assert say(f"library.{reason}")
    for state in ("current", "catching_up", "paused", "behind", "away", "looking", "waiting"):
        assert say(f"library.root_{state}", left=1, reason="")


def test_a_library_from_before_learns_its_drives_and_reads_nothing_again(folder, tmp_path, key, clock):
    write(folder, ships="Ships lie in the harbour.")
    path = tmp_path / "old.db"
    with Database.open(path, key, MIGRATIONS, durable=False) as database:
        Library(database, HashingEmbedder(), text_limit_mb=1, clock=clock).add([folder])
        with database.write() as connection:
            connection.execute(
                "DROP INDEX documents_away; ALTER TABLE documents DROP COLUMN device;"
                "ALTER TABLE documents DROP COLUMN away; DELETE FROM migration WHERE name = '2026-12-places'"
            )
    embedder = HashingEmbedder()
    with Database.open(path, key, MIGRATIONS, durable=False) as database:
        library = Library(database, embedder, text_limit_mb=1, clock=clock)
        assert library.refresh().fresh == 0
        assert database.read("SELECT device FROM documents") == [(folder.stat().st_dev,)]
        assert embedder.embedded == 0


def test_cancelling_ends_a_look(harbour, library):
    from engine.errors import Interrupted
    from engine.library.survey import Places

    control = Control()
    control.cancel()
    with pytest.raises(Interrupted):
        library.rescan(Places(frozenset({str(harbour)})), control=control)
    assert {file.state for file in library.files()} == {FileState.INDEXED}
