"""Pages of PDFs, drawn by the real worker."""

import os
import threading

import msgspec
import pytest

from engine.errors import HearthsideError, Interrupted
from engine.library.page_protocol import Drawn
from engine.library.page_service import MOST_PIXELS
from engine.library.pages import LIMITS, _checked
from engine.library.values import Box, PagePicture
from engine.progress import Control
from tests.engine.library import documents

FIRST = "The boiler stands in the cellar.\nIts pressure is 1.2 bar.\nIt was serviced in May."


@pytest.fixture
def library(library):
    yield library
    library.pages.close()


def add(library, folder, content, name="boiler.pdf"):
    """The id of a document with this content, indexed."""
    path = folder / name
    path.write_bytes(content)
    library.add([folder])
    [file] = library.files(str(path))
    return file.document_id


def ink(picture, box):
    """How many pixels in `box` are dark, and how many in the whole picture."""
    rows = [picture.pixels[row * picture.width * 4 :][: picture.width * 4] for row in range(picture.height)]

    def dark(left, top, right, bottom):
        return sum(1 for row in rows[top:bottom] for at in range(left, right) if max(row[4 * at : 4 * at + 3]) < 128)

    inside = dark(
        int(box.left * picture.width),
        int(box.top * picture.height),
        int(box.right * picture.width) + 1,
        int(box.bottom * picture.height) + 1,
    )
    return inside, dark(0, 0, picture.width, picture.height)


def around(picture, words):
    start = picture.text.index(words)
    boxes = [box for box in picture.boxes[start : start + len(words)] if box is not None]
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def test_the_boxes_cover_the_words_and_nothing_else(library, folder):
    words = "pressure"
    document = add(library, folder, documents.pdf(words, FIRST))
    alone = library.pages.draw(document, 1, 800)
    inside, whole = ink(alone, around(alone, words))
    assert inside == whole > 200, "all the ink of a page with one word lies in that word's box"
    picture = library.pages.draw(document, 2, 800)
    assert (picture.number, picture.count, picture.width) == (2, 2, 800)
    inside, whole = ink(picture, around(picture, words))
    assert 200 < inside < whole / 4


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_boxes_follow_a_turned_and_cropped_page(library, folder, turn):
    document = add(library, folder, documents.turned_pdf("pressure", turn=turn, crop=(50, 400, 400, 800)))
    picture = library.pages.draw(document, 1, 800)
    inside, whole = ink(picture, around(picture, "pressure"))
    assert inside == whole > 200


def test_a_part_of_a_page_is_what_the_whole_shows_there(library, folder):
    document = add(library, folder, documents.pdf(FIRST))
    whole = library.pages.draw(document, 1, 1000)
    part = library.pages.draw(document, 1, 1000, part=Box(0.1, 0.1, 0.6, 0.2))
    assert (part.width, part.height) == (500, pytest.approx(whole.height / 10, abs=2))
    assert part.text == whole.text
    left, top = 100, round(whole.height / 10)
    rows = [whole.pixels[4 * ((top + row) * 1000 + left) :][: 4 * 500] for row in range(part.height)]
    assert b"".join(rows) == part.pixels


def test_a_picture_has_no_more_pixels_than_are_allowed(library, folder):
    picture = library.pages.draw(add(library, folder, documents.pdf(FIRST)), 1, 1_000_000)
    assert MOST_PIXELS * 0.9 < picture.width * picture.height <= MOST_PIXELS


def test_a_page_that_is_not_there(library, folder):
    document = add(library, folder, documents.pdf(FIRST))
    with pytest.raises(HearthsideError) as failure:
        library.pages.draw(document, 2, 800)
    assert (failure.value.code, failure.value.fields["reason"]) == ("page_not_drawn", "no_page")
    assert library.pages.draw(document, 1, 800).count == 1


def test_the_file_is_drawn_as_it_is_now(library, folder):
    document = add(library, folder, documents.pdf(FIRST))
    library.pages.draw(document, 1, 200)
    other = folder / "other"
    other.write_bytes(documents.pdf("Changed", "and longer"))
    other.replace(folder / "boiler.pdf")
    picture = library.pages.draw(document, 1, 200)
    assert (picture.text.strip(), picture.count) == ("Changed", 2)
    (folder / "boiler.pdf").unlink()
    with pytest.raises(HearthsideError) as failure:
        library.pages.draw(document, 1, 200)
    assert failure.value.fields["reason"] == "missing"


def test_what_is_no_pdf_is_refused(library, folder):
    document = add(library, folder, b"just words", "words.txt")
    with pytest.raises(HearthsideError) as failure:
        library.pages.draw(document, 1, 200)
    assert failure.value.fields["reason"] == "broken"


def test_one_worker_serves_a_document_and_goes_with_it(library, folder):
    document = add(library, folder, documents.pdf(FIRST, "second"))
    library.pages.draw(document, 1, 200)
    pid = library.pages._book.worker.pid
    library.pages.draw(document, 2, 200)
    assert library.pages._book.worker.pid == pid
    library.pages.close()
    assert library.pages._book is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_worker_that_died_between_pages_is_replaced(library, folder):
    document = add(library, folder, documents.pdf(FIRST, "second"))
    library.pages.draw(document, 1, 200)
    library.pages._book.worker.kill()
    assert library.pages.draw(document, 2, 200).text.strip() == "second"


def test_a_page_that_nobody_waits_for_is_given_up(library, folder):
    document = add(library, folder, documents.busy_pdf(lines=400_000))
    control = Control()
    threading.Timer(0.3, control.cancel).start()
    with pytest.raises(Interrupted):
        library.pages.draw(document, 1, 4000, control=control)


def test_a_page_that_takes_too_long_is_named(library, folder, monkeypatch):
    document = add(library, folder, documents.busy_pdf(lines=400_000))
    monkeypatch.setattr("engine.library.pages.WALL_S", 0.5)
    with pytest.raises(HearthsideError) as failure:
        library.pages.draw(document, 1, 4000)
    assert failure.value.fields["reason"] == "too_slow"


def test_the_worker_opens_and_writes_nothing():
    assert LIMITS.confined
    assert LIMITS.file_size == 0
    assert LIMITS.address_space is not None


def test_a_picture_that_is_not_what_it_says_is_refused():
    good = PagePicture(number=1, count=1, width=2, height=1, pixels=bytes(8), text="a", boxes=[Box(0, 0, 1, 1)])
    assert _checked(Drawn(good), 1) is good
    for lie in (
        {"number": 2},
        {"count": 0},
        {"width": 3},
        {"width": -2, "height": -1},
        {"width": 10**9, "height": 10**9},
        {"pixels": b""},
        {"boxes": []},
        {"boxes": [Box(0, 0, float("nan"), 1)]},
        {"boxes": [Box(0, 0, 1e9, 1)]},
    ):
        with pytest.raises(HearthsideError):
            _checked(Drawn(msgspec.structs.replace(good, **lie)), 1)
