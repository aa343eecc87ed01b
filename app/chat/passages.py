"""The text around a cited passage, found in whatever version of its document is still there."""

from typing import TYPE_CHECKING

from msgspec import Struct

from app.chat.citation_chips import citation_title
from engine.chat.values import Citation
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant

_AROUND = 20_000


class Excerpt(Struct, frozen=True, kw_only=True):
    """`start` and `end` are code points of `text`, which is empty when nothing is left to show."""

    title: str
    path: str
    note: str
    text: str
    start: int
    end: int


def excerpt(assistant: "Assistant", citation: Citation) -> Excerpt:
    """What to show for `citation`: in its document where that still reads the same, alone where it changed since."""
    title = citation_title(citation)
    passage = assistant.library.passage(citation.chunk_id)
    if passage is None:
        return Excerpt(title=title, path="", note=say("chat_page.removed"), text="", start=0, end=0)
    document = assistant.library.text(passage.document_id)
    whole = document.text if document is not None else ""
    if whole[passage.start : passage.end] != passage.text:
        note = say("chat_page.passage_changed")
        return Excerpt(title=title, path=passage.path, note=note, text=passage.text, start=0, end=len(passage.text))
    first = max(passage.start - _AROUND, 0)
    shown = whole[first : passage.end + _AROUND]
    notes = [say("chat_page.passage_ocr")] if passage.ocr else []
    notes += [] if len(shown) == len(whole) else [say("chat_page.passage_part")]
    start, end = passage.start - first, passage.end - first
    return Excerpt(title=title, path=passage.path, note=" ".join(notes), text=shown, start=start, end=end)
