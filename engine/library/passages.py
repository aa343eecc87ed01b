"""Chunks as they are cited: the words themselves, without the blank space around them, and where they stand."""

from collections.abc import Iterable, Mapping

import msgspec

from engine.library.records import UNDER
from engine.library.rows import as_json
from engine.library.values import DocumentText, Passage, Place
from engine.store.database import Database

_COLUMNS = "c.uid, d.uid, d.path, c.page, c.start, c.text, c.ocr, d.away"
_HEADED = f"{_COLUMNS}, c.heading"


def passages(database: Database, scores: Mapping[int, float]) -> list[Passage]:
    """The passages of these chunk rows with their scores, in the same order; rows that are gone are left out."""
    rows = database.read(
        f"SELECT c.id, {_HEADED} FROM json_each(?) wanted JOIN chunks c ON c.id = wanted.value"  # noqa: S608 - our own columns
        " JOIN documents d ON d.id = c.document",
        as_json(scores),
    )
    found = {row[0]: _passage(row[1:]) for row in rows}
    return [msgspec.structs.replace(found[row], score=score) for row, score in scores.items() if row in found]


def passage(database: Database, chunk_id: str) -> Passage | None:
    """One passage by its id, also one that was cited and has since changed in its file; None once removed."""
    row = database.one(
        f"SELECT {_HEADED} FROM chunks c JOIN documents d ON d.id = c.document WHERE c.uid = ?",  # noqa: S608 - our own columns
        chunk_id,
    )
    if row is not None:
        return _passage(row)
    old = database.one(
        f"SELECT {_COLUMNS} FROM old_passages c JOIN documents d ON d.id = c.document WHERE c.uid = ?",  # noqa: S608 - our own columns
        chunk_id,
    )
    return None if old is None else _passage([*old, ""], current=False)


def chunks_under(database: Database, path: str) -> frozenset[str]:
    """Ids of the passages at or under `path`, current and old."""
    rows = database.read(
        "SELECT c.uid FROM (SELECT uid, document FROM chunks UNION ALL SELECT uid, document FROM old_passages) c"  # noqa: S608 - no value in it
        f" JOIN documents d ON d.id = c.document WHERE {UNDER.format('?1', 'd.path')}",
        path,
    )
    return frozenset(uid for (uid,) in rows)


def document_text(database: Database, document_id: str) -> DocumentText | None:
    """The extracted text of a document, as last read."""
    row = database.one("SELECT id, path FROM documents WHERE uid = ? AND state = 'indexed'", document_id)
    if row is None:
        return None
    chunks = database.read("SELECT text, start, page, heading FROM chunks WHERE document = ? ORDER BY position", row[0])
    places: list[Place] = []
    for _, start, page, heading in chunks:
        if not places or (places[-1].page, places[-1].heading) != (page, heading):
            places.append(Place(start, page, heading))
    text = "".join(text for text, *_ in chunks)
    return DocumentText(document_id=document_id, path=row[1], text=text, places=places)


def _passage(row: Iterable[object], *, current: bool = True) -> Passage:
    chunk_id, document_id, path, page, start, text, ocr, away, heading = row
    assert isinstance(text, str)
    assert isinstance(start, int)
    words = text.strip()
    first = start + len(text) - len(text.lstrip())
    return Passage(
        chunk_id=str(chunk_id),
        document_id=str(document_id),
        path=str(path),
        page=page if isinstance(page, int) else None,
        start=first,
        end=first + len(words),
        text=words,
        current=current,
        ocr=bool(ocr),
        heading=str(heading),
        away=str(away),
    )
