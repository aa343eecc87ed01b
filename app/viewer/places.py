"""What a citation and a place in a document are called, and where their pages begin."""

from bisect import bisect_right

from engine.chat.values import Citation
from engine.library.values import DocumentText, Place
from engine.words import say


def citation_title(citation: Citation, path: str = "") -> str:
    """The number and the file's name (of `path` where it has another one now), with the page where there is one."""
    name = (path or citation.path or "").replace("\\", "/").rsplit("/", 1)[-1] or say("chat_page.removed_document")
    if citation.page is None:
        return say("chat_page.chip", number=citation.number, name=name)
    return say("chat_page.chip_page", number=citation.number, name=name, page=citation.page)


def place_words(page: int | None, heading: str) -> str:
    """A page and the headings above it, as far as there are any."""
    if page is None:
        return heading
    return say("viewer.place", page=page, heading=heading) if heading else say("viewer.place_page", page=page)


def place_at(document: DocumentText, position: int) -> Place | None:
    """The place that holds the code point at `position`."""
    at = bisect_right(document.places, position, key=lambda place: place.start) - 1
    return document.places[at] if at >= 0 else None


def page_starts(document: DocumentText) -> dict[int, int]:
    """Where each page with words begins, in order; empty for what has no pages."""
    starts: dict[int, int] = {}
    for place in document.places:
        if place.page is not None:
            starts.setdefault(place.page, place.start)
    return starts
