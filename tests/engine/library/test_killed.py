"""kill -9 in the middle of reading files, added or found changed: what was done stays, and no more is done again than
was embedded together."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.library.indexing import TOGETHER
from engine.library.library import Library
from engine.library.schema import MIGRATIONS
from engine.store.database import Database
from tests.fakes.embedder import HashingEmbedder

FILES = 30
SCRIPT = """
import sys
from pathlib import Path
from engine.clock import system_clock
from engine.library.library import Library
from engine.library.schema import MIGRATIONS
from engine.library.survey import Places
from engine.progress import Control
from engine.store.database import Database
from tests.fakes.embedder import HashingEmbedder

def told(progress):
    print(progress.message, progress.done, flush=True)

database = Database.open(Path(sys.argv[1]), bytes(range(32)), MIGRATIONS, durable=False)
library = Library(database, HashingEmbedder(), text_limit_mb=1, clock=system_clock)
if sys.argv[3] == "add":
    library.add([Path(sys.argv[2])], report=told)
else:
    library.rescan(Places(frozenset({sys.argv[2]})), control=Control(), report=told)
"""


@pytest.mark.parametrize("killed", [(1, "add"), (17, "add"), (40, "add"), (17, "rescan"), (40, "rescan")])
def test_only_what_was_in_the_works_is_done_again(tmp_path, folder, clock, key, killed):
    after, work = killed
    path = tmp_path / "killed.db"
    if work == "rescan":
        with Database.open(path, key, MIGRATIONS, durable=False) as database:
            Library(database, HashingEmbedder(), text_limit_mb=1, clock=clock).add([folder])
    for number in range(FILES):
        (folder / f"{number:02}.txt").write_text(f"Words of {number}. " * 50)
    command = [sys.executable, "-c", SCRIPT, str(path), str(folder), work]
    begun = set()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as child:
        assert child.stdout is not None
        for _, line in zip(range(after), child.stdout, strict=False):
            begun.add(line.split()[0])
        child.kill()
        begun.update(line.split()[0] for line in child.stdout if line.endswith("\n"))
    embedder = HashingEmbedder()
    with Database.open(path, key, MIGRATIONS, durable=False) as database:
        database.check()
        library = Library(database, embedder, text_limit_mb=1, clock=clock)
        done = library.counts()[0]
        report = library.add([folder])
        assert done <= len(begun)
        assert sum(file.chunks for file in report.files[done : len(begun) - 1]) <= TOGETHER
        assert report.fresh == FILES - done
        assert embedder.embedded == sum(file.chunks for file in report.files[done:])
        assert library.counts()[0] == FILES
        rows = database.read("SELECT (SELECT count(*) FROM vectors), (SELECT count(*) FROM codes), count(*) FROM words")
        assert set(rows[0]) == {report.chunks}
