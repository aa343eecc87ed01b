"""How long a look at a library takes whose files have not changed: `python -m tests.benchmarks.rescan [--files 50000]`.

The files lie in folders of 200, two chunks each; the database is encrypted, the vectors are random. Told besides: a
look at one folder alone, as after a file in it was saved, and the processor time of each.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.clock import system_clock
from engine.library.chunk import Chunk
from engine.library.index import Index, Prepared
from engine.library.library import Library
from engine.library.roots import Roots
from engine.library.schema import MIGRATIONS
from engine.library.survey import Places
from engine.library.vectors import VectorIndex
from engine.library.walk import walk
from engine.progress import Control
from engine.store.database import Database
from tests.fakes.embedder import HashingEmbedder

_A_FOLDER = 200
_DIMENSION = 384


def written(root: Path, files: int) -> None:
    for number in range(files):
        folder = root / f"folder{number // _A_FOLDER}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"note{number}.txt").write_text(f"Note {number} tells of ship number {number}.", encoding="utf-8")


def indexed(database: Database, embedder: HashingEmbedder, root: Path) -> None:
    """As indexing leaves it, without the time that takes."""
    Roots(database, system_clock).add(str(root))
    writer = Index(database, VectorIndex(database, embedder), system_clock)
    random = np.random.default_rng(0)
    for found in walk(str(root), text_limit=1_000_000):
        text = Path(found.path).read_text(encoding="utf-8")
        chunks = [Chunk(0, len(text), text, "", None), Chunk(len(text), 2 * len(text), text.upper(), "", None)]
        vectors = random.standard_normal((2, _DIMENSION)).astype(np.float32)
        writer.write(Prepared(found, bytes(32), chunks, vectors))


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Seconds, the better of two."""
    best = {"seconds": float("inf"), "processor_seconds": float("inf")}
    for _ in range(2):
        began, spent = time.perf_counter(), time.process_time()
        work()
        now = {"seconds": time.perf_counter() - began, "processor_seconds": time.process_time() - spent}
        best = {name: round(min(best[name], value), 3) for name, value in now.items()}
    return best


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=50_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root, path = Path(name) / "root", Path(name) / "library.db"
        written(root, options.files)
        embedder = HashingEmbedder(_DIMENSION)
        with Database.open(path, bytes(range(32)), MIGRATIONS, durable=False) as database:
            indexed(database, embedder, root)
            library = Library(database, embedder, text_limit_mb=1, clock=system_clock)
            one = Places(folders=frozenset({str(root / "folder0")}))
            whole = Places(trees=frozenset({str(root)}))
            assert not library.rescan(whole, control=Control()).changed
            result = {
                "files": options.files,
                "all": timed(lambda: library.rescan(whole, control=Control())),
                "one_folder": timed(lambda: library.rescan(one, control=Control())),
            }
            assert embedder.embedded == 0
    print(json.dumps({"benchmark": "rescan", **result}))


if __name__ == "__main__":
    main()
