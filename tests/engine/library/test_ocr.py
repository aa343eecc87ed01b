"""Words in pictures, read by the real OCR in its real worker."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Interrupted
from engine.library import ocr
from engine.library.library import Library
from engine.library.loaders.contract import Block, Picture, Refused
from engine.library.ocr import PictureReader
from engine.library.ocr_service import lines
from engine.library.parse import ParseBatch
from engine.library.schema import MIGRATIONS
from engine.library.values import FileState
from engine.progress import Control
from engine.store.database import Database
from tests.engine.library import documents

LIMIT = 1_000_000


def box(left: float, top: float, right: float, bottom: float):
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


def test_boxes_become_lines_from_top_to_bottom_and_left_to_right():
    boxes = [box(300, 12, 400, 32), box(0, 50, 90, 70), box(0, 10, 90, 30), box(100, 52, 200, 71)]
    assert lines(boxes, ["right", "below", "left", "beside"]) == ["left right", "below beside"]
    assert lines([], []) == []


@pytest.fixture
def read(tmp_path) -> Callable[..., object]:
    """Reads several documents in one batch: (extracted text or the reason it was refused) of each."""
    folder = tmp_path

    def read(*contents: tuple[bytes, str]) -> list[object]:
        descriptors = []
        for number, (content, _) in enumerate(contents):
            path = folder / str(number)
            path.write_bytes(content)
            descriptors.append(os.open(path, os.O_RDONLY))
        found: list[object] = []
        with ParseBatch(descriptors, text_limit=LIMIT) as parser:
            for descriptor, (_, suffix) in zip(descriptors, contents, strict=True):
                try:
                    found.append(parser.parse(descriptor, suffix))
                except Refused as refused:
                    found.append((refused.state, refused.reason))
        for descriptor in descriptors:
            os.close(descriptor)
        return found

    return read


def test_words_in_pictures_are_read_and_marked(read):
    mixed = documents.joined(documents.pdf("A page of text."), documents.scan("The lease ends\non 31 March 2027."))
    scanned, tiff, jpeg, empty = read(
        (mixed, ".pdf"),
        (documents.scan("first page", "second page", form="TIFF"), ".tiff"),
        (documents.picture("Grüße aus Köln", form="JPEG"), ".jpg"),
        (documents.picture(), ".png"),
    )
    assert scanned.text == "A page of text.\n\nThe lease ends\non 31 March 2027.\n\n"
    assert [(page.start, page.number, page.ocr) for page in scanned.pages] == [(0, 1, False), (17, 2, True)]
    assert tiff.text == "first page\n\nsecond page\n\n"
    assert [(page.number, page.ocr) for page in tiff.pages] == [(1, True), (2, True)]
    assert jpeg.text.split() == ["Grüße", "aus", "Köln"]
    assert [(page.number, page.ocr) for page in jpeg.pages] == [(None, True)]
    assert empty == (FileState.NO_TEXT, "scanned")


def test_what_was_read_from_a_picture_says_so_wherever_it_is_shown(folder, library):
    (folder / "scan.pdf").write_bytes(documents.scan("The boiler was serviced in May."))
    (folder / "note.txt").write_text("The boiler is old.")
    told = []
    reports = library.add([folder], report=told.append).files
    assert [(Path(file.path).name, file.state, file.reason) for file in reports] == [
        ("note.txt", FileState.INDEXED, ""),
        ("scan.pdf", FileState.INDEXED, "ocr"),
    ]
    found = {Path(passage.path).name: passage for passage in library.search("boiler")}
    assert found["scan.pdf"].ocr
    assert found["scan.pdf"].page == 1
    assert not found["note.txt"].ocr
    library.cite([found["scan.pdf"].chunk_id])
    (folder / "scan.pdf").write_bytes(documents.pdf("Now it has a text layer."))
    assert {file.reason for file in library.refresh().files} == {""}
    old = library.passage(found["scan.pdf"].chunk_id)
    assert old is not None
    assert (old.current, old.ocr) == (False, True)
    assert library.refresh().fresh == 0


def test_pictures_are_left_where_that_is_wanted_and_read_once_it_is_not(folder, database, embedder, clock):
    wanted = []
    library = Library(database, embedder, text_limit_mb=1, clock=clock, read_pictures=lambda: bool(wanted))
    (folder / "photo.png").write_bytes(documents.picture("Ships lie in the harbour"))
    (folder / "half.pdf").write_bytes(documents.joined(documents.pdf("Gulls."), documents.scan("More gulls.")))
    (folder / "note.txt").write_text("A note.")

    def reasons(report):
        return {Path(file.path).name: file.reason for file in report.files}

    left = {"half.pdf": "pictures_left", "note.txt": "", "photo.png": "pictures_off"}
    assert reasons(library.add([folder])) == left
    assert library.refresh().fresh == 0
    wanted.append(True)
    read = library.refresh()
    assert (reasons(read), read.fresh) == ({"half.pdf": "ocr", "note.txt": "", "photo.png": "ocr"}, 2)
    assert library.search("harbour")[0].ocr
    wanted.clear()
    assert library.refresh().fresh == 0


class StubWorker:
    """Answers each page as `answers` says: words, None for a failure."""

    def __init__(self, answers):
        self.answers = list(answers)
        self.pages = []

    def close(self):
        self.pages.append("fresh")

    def call(self, request, **_):
        from engine.errors import HearthsideError
        from engine.library.ocr_protocol import Seen

        self.pages.append(request.page)
        words = self.answers.pop(0)
        if words is None:
            raise HearthsideError("worker_timeout", worker="ocr", seconds=1)
        return Seen([Block(words, 3, 99)])


def filled(answers, items, between=lambda _share: None):
    reader = PictureReader([])
    reader._worker = StubWorker(answers)  # type: ignore[assignment]
    return reader.fill(items, 0, cancelled=Control(), between=between), reader._worker.pages[1:]


def test_a_page_that_fails_leaves_the_others():
    (blocks, missed), _ = filled(["one", None, "three"], [Picture(1), Block("text"), Picture(2), Picture(3)])
    assert [block.text for block in blocks] == ["one", "text", "three"]
    assert missed == 1


def test_the_worker_has_no_say_in_what_page_it_read():
    (blocks, _), _ = filled(["one"], [Picture(1)])
    assert blocks == [Block("one", 0, 1, ocr=True)]


def test_two_failures_in_a_row_end_a_document():
    (blocks, missed), pages = filled([None, None, "never"], [Picture(number) for number in range(1, 10)])
    assert (blocks, missed, pages) == ([], 9, [1, 2])


def test_no_more_than_so_many_pages_are_read(monkeypatch):
    monkeypatch.setattr(ocr, "MOST_PAGES", 2)
    (_, missed), pages = filled(["a", "b"], [Picture(number) for number in range(1, 5)])
    assert (missed, pages) == (2, [1, 2])


def test_a_worker_reads_so_many_pages_and_no_more(monkeypatch):
    monkeypatch.setattr(ocr, "_RECYCLED", 2)
    _, pages = filled(["a", "b", "c"], [Picture(number) for number in range(1, 4)])
    assert pages == [1, 2, "fresh", 3]


def test_how_far_it_is_is_told_and_cancelling_ends_it_between_pages():
    shares = []

    def between(share):
        shares.append(share)
        if share == 0.5:
            raise Interrupted

    with pytest.raises(Interrupted):
        filled(["a", "b"], [Picture(1), Picture(2)], between)
    assert shares == [0, 0.5]


def test_a_page_that_takes_too_long_is_named(tmp_path):
    (tmp_path / "scan").write_bytes(documents.scan("words"))
    descriptor = os.open(tmp_path / "scan", os.O_RDONLY)
    reader = PictureReader([descriptor], page_s=0.001)  # no process is there that soon
    try:
        assert reader.fill([Picture(1)], descriptor, cancelled=Control(), between=lambda _: None) == ([], 1)
    finally:
        reader.close()
        os.close(descriptor)


def test_scans_that_an_older_version_could_not_read_are_read_again(tmp_path, key):
    path = tmp_path / "old.db"
    with Database.open(path, key, MIGRATIONS[:1], durable=False) as database, database.write() as connection:
        connection.execute(
            "INSERT INTO documents (uid, path, state, reason, size, mtime_ns, inode, sha256, version, indexed_ms)"
            " VALUES ('a', '/a.pdf', 'no_text_found', 'scanned', 1, 7, 1, x'00', 1, 1),"
            " ('b', '/b.txt', 'indexed', '', 1, 7, 1, x'00', 1, 1)"
        )
    with Database.open(path, key, MIGRATIONS, durable=False) as database:
        rows = database.read("SELECT path, mtime_ns, sha256 IS NULL FROM documents ORDER BY path")
    assert rows == [("/a.pdf", 0, 1), ("/b.txt", 7, 0)]
