"""How long reading will take and how much room it needs, from names and sizes: by what this library has seen so far.

Until it has seen enough, by what was measured once on 190 public documents of all kinds, and at the pace of two busy
cores.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from engine.library.loaders.choose import is_picture
from engine.library.walk import Found
from engine.store.database import Database

_BYTES_A_CHUNK: Final = {
    ".pdf": 19_000,
    ".docx": 1_600,
    ".pptx": 80_000,
    ".xlsx": 3_300,
    ".odt": 7_800,
    ".html": 3_200,
    ".htm": 3_200,
    ".eml": 15_000,
}
_BYTES_A_CHUNK_OF_TEXT: Final = 1_000
_CHUNKS_A_SECOND: Final = 40.0
_BYTES_KEPT_A_CHUNK: Final = 4_000
_SECONDS_A_PICTURE: Final = 4.0  # two free cores: one for a photo with a few words, four to seven for a full page
_ENOUGH_FILES: Final = 20
_ENOUGH_CHUNKS: Final = 50
_LOOKED_AT: Final = 2_000
_MEMORY: Final = 0.5  # what a run before the last counts for


class Estimate(Struct, frozen=True):
    """`bytes` the library will grow by. `measured`: the time is by this machine's own pace."""

    seconds: float
    bytes: int
    measured: bool


def estimate(database: Database, files: Sequence[Found], *, read_pictures: bool) -> Estimate:
    """What reading `files` will take. Every file costs a chunk at least, a picture the time of looking at it too."""
    usual = _bytes_a_chunk(database)
    pictures = sum(is_picture(file.suffix) for file in files)
    chunks = pictures + sum(
        max(1.0, file.size / usual.get(file.suffix, _BYTES_A_CHUNK_OF_TEXT))
        for file in files
        if not is_picture(file.suffix)
    )
    seeing = pictures * _SECONDS_A_PICTURE if read_pictures else 0.0
    row = database.one("SELECT chunks / seconds FROM pace")
    pace = _CHUNKS_A_SECOND if row is None else float(row[0])
    return Estimate(chunks / pace + seeing, round(chunks * _BYTES_KEPT_A_CHUNK), row is not None)


def note_pace(database: Database, chunks: int, seconds: float) -> None:
    """Remember how long a run took, pauses aside. One of a few chunks says nothing."""
    if chunks < _ENOUGH_CHUNKS or seconds <= 0:
        return
    with database.write() as connection:
        connection.execute(
            "INSERT INTO pace (id, chunks, seconds) VALUES (1, ?1, ?2) ON CONFLICT (id) DO UPDATE"
            " SET chunks = chunks * ?3 + ?1, seconds = seconds * ?3 + ?2",
            (chunks, seconds, _MEMORY),
        )


def _bytes_a_chunk(database: Database) -> dict[str, float]:
    """By suffix; this library's own where it holds enough files of the kind."""
    rows = database.read(
        "SELECT path, size, (SELECT count(*) FROM chunks c WHERE c.document = d.id) FROM documents d"
        " WHERE state = 'indexed' ORDER BY id DESC LIMIT ?",
        _LOOKED_AT,
    )
    seen: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for path, size, chunks in rows:
        seen[Path(path).suffix.lower()].append((size, chunks))
    own = {
        suffix: sum(size for size, _ in files) / max(1, sum(chunks for _, chunks in files))
        for suffix, files in seen.items()
        if len(files) >= _ENOUGH_FILES
    }
    return {**_BYTES_A_CHUNK, **{suffix: max(1.0, size) for suffix, size in own.items()}}
