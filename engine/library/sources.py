"""What stands behind a citation now: its passage, the text around it, and whether the file is still what was read."""

from pathlib import Path

from engine.library.passages import document_text, passage
from engine.library.standing import standing
from engine.library.values import DocumentText, Passage, Source, Standing
from engine.store.database import Database

_DRAWN = frozenset({".pdf"})


def source(database: Database, chunk_id: str, *, text_limit: int) -> Source | None:
    """None once the document was removed, or the passage changed without having been cited."""
    cited = passage(database, chunk_id)
    if cited is None:
        return None
    now = standing(database, cited.document_id, text_limit=text_limit)
    document = document_text(database, cited.document_id)
    start = None if document is None else _place(cited, document)
    return Source(
        passage=cited,
        document=document,
        standing=now,
        start=start,
        end=None if start is None else start + len(cited.text),
        drawn=Path(cited.path).suffix.lower() in _DRAWN and now in {Standing.SAME, Standing.CHANGED},
    )


def _place(cited: Passage, document: DocumentText) -> int | None:
    """Where the passage's very words stand in the text: where they were, or where they are now."""
    if document.text[cited.start : cited.end] == cited.text:
        return cited.start
    found = document.text.find(cited.text)
    return None if found < 0 else found
