import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.library.extracted import assemble
from engine.library.loaders import docx, html, markdown, pdf, picture, plain
from engine.library.loaders.choose import loader_for
from engine.library.loaders.contract import Block, Picture, Refused, Title
from engine.library.values import FileState
from tests.conformance.loader import LIMIT, LoaderConformance
from tests.engine.library import documents

TEXT = "Ships lie in the harbour.\n\nGulls cry über them.\n"


def blocks(loader, data: bytes) -> list[Block]:
    return [item for item in loader(io.BytesIO(data), text_limit=LIMIT) if isinstance(item, Block)]


def text(loader, data: bytes) -> str:
    return assemble(blocks(loader, data)).text


class TestPlain(LoaderConformance):
    loader = plain.load
    samples = {
        "utf-8": TEXT.encode(),
        "mark": TEXT.encode("utf-8-sig"),
        "windows": TEXT.encode("cp1252"),
        "utf-16": TEXT.encode("utf-16"),
        "utf-16 big": TEXT.encode("utf-16-be"),
        "utf-32": TEXT.encode("utf-32-le"),
    }

    @pytest.mark.parametrize("name", samples)
    def test_every_encoding_gives_the_same_text(self, name):
        assert text(plain.load, self.samples[name]) == TEXT

    def test_line_ends_become_newlines(self):
        assert text(plain.load, b"one\r\ntwo\rthree\n") == "one\ntwo\nthree\n"

    def test_a_late_byte_that_is_no_utf8_changes_the_whole_files_encoding(self):
        data = ("é" * 100_000).encode() + b"\xff"
        assert text(plain.load, data).endswith("ÿ")

    @pytest.mark.parametrize("data", [bytes(range(256)) * 10, b"MZ\x90\0\3\0\0\0", b"\1\2\3\4\5 words"])
    def test_what_is_no_text_is_unsupported(self, data):
        with pytest.raises(Refused) as refused:
            text(plain.load, data)
        assert (refused.value.state, refused.value.reason) == (FileState.UNSUPPORTED, "binary")

    @settings(max_examples=50, deadline=None)
    @given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\x85\u2028\u2029\ufeff")))
    def test_any_text_comes_back_from_utf8(self, written):
        assert text(plain.load, written.encode()) == written


class TestMarkdown(LoaderConformance):
    loader = markdown.load
    samples = {
        "headings": b"# The harbour\n\nShips.\n\n## Ropes ##\n\nHemp.\n",
        "underlined": b"harbour\n=======\n\nShips\n",
    }

    def test_offsets_are_those_of_the_file(self):
        source = "# One\n\ntext\n```\n# no heading\n```\n\nTwo\n---\n- item\n"
        assert text(markdown.load, source.encode()) == source

    def test_headings_and_their_levels(self):
        found = assemble(
            blocks(markdown.load, b"# One #\n\na\n\n### Three\n```\n# code\n```\nTwo\nmore\n\nTwo\n---\nb\n")
        )
        assert [(heading.level, heading.text) for heading in found.headings] == [(1, "One"), (3, "Three"), (2, "Two")]

    def test_a_list_above_a_rule_is_no_heading(self):
        assert not assemble(blocks(markdown.load, b"- item\n---\ntext #hash\n#tag\n")).headings


class TestHtml(LoaderConformance):
    loader = html.load
    samples = {
        "page": b"<html><title>T</title><body><h1>The harbour</h1><p>Ships <b>lie</b> there.</p></body></html>",
        "fragment": b"the harbour<br>at night",
        "mark": "<p>harbour".encode("utf-8-sig"),
        "utf-16 without a mark": "<p>harbour".encode("utf-16-le"),
        "charset": '<meta charset="iso-8859-2"><p>harbour łódź</p>'.encode("iso-8859-2"),
    }

    def test_only_what_a_reader_sees(self):
        page = b"<head><style>x{}</style></head><p>a<script>evil()</script>b</p><template>t</template><!-- c -->"
        assert text(html.load, page) == "ab\n\n"

    def test_title_headings_rows_and_preformatted_text(self):
        page = b"<title> My\n page </title><h2>Head</h2><table><tr><td>1</td><td> 2 </td></tr></table><pre>a\n  b</pre>"
        items = list(html.load(io.BytesIO(page), text_limit=LIMIT))
        assert items[0] == Title("My page")
        assert [(item.text, item.level) for item in items[1:] if isinstance(item, Block)] == [
            ("Head\n\n", 2),
            ("1\t2\n\n", 0),
            ("a\n  b\n\n", 0),
        ]

    def test_the_declared_charset_is_used(self):
        assert "łódź" in text(html.load, self.samples["charset"])

    def test_a_hundred_thousand_nested_tags_are_no_trouble(self):
        assert text(html.load, b"<div>" * 100_000 + b"deep") is not None


class TestPdf(LoaderConformance):
    loader = pdf.load
    samples = {"two pages": documents.pdf("The harbour", "Second\npage")}

    def test_pages_are_counted_from_one(self):
        found = assemble(blocks(pdf.load, documents.pdf("first", "", "third page")))
        assert [(page.number, found.text[page.start :][:5]) for page in found.pages] == [(1, "first"), (3, "third")]

    def test_title(self):
        assert Title("Log book") in list(pdf.load(io.BytesIO(documents.pdf("x", title="Log book")), text_limit=LIMIT))

    @pytest.mark.parametrize(
        ("data", "state", "reason"),
        [
            (documents.locked_pdf("secret", "key"), FileState.ENCRYPTED, "password"),
            (documents.pdf("x")[:300], FileState.UNREADABLE, "broken"),
            (b"%PDF-1.7 nothing more", FileState.UNREADABLE, "broken"),
        ],
    )
    def test_locked_and_broken(self, data, state, reason):
        with pytest.raises(Refused) as refused:
            text(pdf.load, data)
        assert (refused.value.state, refused.value.reason) == (state, reason)

    def test_a_page_that_only_shows_something_is_a_picture(self):
        mixed = documents.joined(documents.pdf("words", ""), documents.scan("harbour"))
        found = list(pdf.load(io.BytesIO(mixed), text_limit=LIMIT))
        assert found == [Block("words\n\n", 0, 1), Picture(3)]

    def test_a_page_is_drawn_upright_and_no_larger_than_asked(self):
        pixels = pdf.drawn(io.BytesIO(documents.scan("harbour")), 1)
        assert max(pixels.shape[:2]) == picture.LONG_SIDE
        assert pixels.shape[1] > pixels.shape[0]
        assert tuple(pixels[0, 0]) == (255, 255, 255)

    def test_an_empty_user_password_opens(self):
        assert "open" in text(pdf.load, documents.locked_pdf("open", ""))


class TestPictures:
    @pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", "BMP"])
    def test_a_picture_has_one_page_without_a_number(self, form):
        data = documents.picture("harbour", form=form)
        assert list(picture.load(io.BytesIO(data), text_limit=LIMIT)) == [Picture(None)]
        assert picture.drawn(io.BytesIO(data), None).shape == (500, 800, 3)

    def test_pages_of_a_tiff_are_counted_from_one(self):
        data = documents.scan("one", "two", form="TIFF")
        assert list(picture.load(io.BytesIO(data), text_limit=LIMIT)) == [Picture(1), Picture(2)]

    def test_what_cannot_be_seen_through_is_on_white(self):
        buffer = io.BytesIO()
        Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(buffer, "PNG")
        assert picture.drawn(buffer, None).min() == 255

    @pytest.mark.parametrize(
        "data", [documents.picture("x")[:60], b"\x89PNG\r\n\x1a\n", b"words", b"GIF89a" + bytes(99)]
    )
    def test_what_is_damaged_or_something_else_is_broken(self, data):
        with pytest.raises(Refused) as refused:
            picture.drawn(io.BytesIO(data), None)
        assert refused.value.reason == "broken"

    def test_a_bomb_is_refused_before_it_is_unpacked(self):
        buffer = io.BytesIO()
        Image.new("1", (20_000, 20_000)).save(buffer, "PNG")
        assert len(buffer.getvalue()) < 100_000
        with pytest.raises(Refused) as refused:
            list(picture.load(buffer, text_limit=LIMIT))
        assert (refused.value.state, refused.value.reason) == (FileState.TOO_LARGE, "picture_size")


class TestDocx(LoaderConformance):
    loader = docx.load
    samples = {"letter": documents.word("Ships lie in the harbour.", heading="Letter", rows=[["a", "b"], ["c", "d"]])}

    def test_headings_paragraphs_and_rows_in_order(self):
        found = [(block.text, block.level) for block in blocks(docx.load, self.samples["letter"])]
        assert found == [
            ("Letter\n\n", 1),
            ("Ships lie in the harbour.\n\n", 0),
            ("a\tb\n", 0),
            ("c\td\n", 0),
            ("\n", 0),
        ]

    def test_templates_and_documents_with_macros_are_documents(self):
        data = documents.retyped(
            self.samples["letter"],
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
            "application/vnd.ms-word.document.macroEnabled.main+xml",
        )
        assert text(docx.load, data) == text(docx.load, self.samples["letter"])

    def test_a_bomb_is_refused_before_it_is_unpacked(self):
        bomb = documents.word_bomb()
        assert len(bomb) < 100_000
        with pytest.raises(Refused) as refused:
            text(docx.load, bomb)
        assert (refused.value.state, refused.value.reason) == (FileState.TOO_LARGE, "zip_bomb")

    @pytest.mark.parametrize(
        "bomb", [documents.overlapping_zip(), documents.many_members_zip(), documents.promising_zip()]
    )
    def test_bombs_of_other_kinds(self, bomb):
        assert len(bomb) < 1_000_000
        with pytest.raises(Refused) as refused:
            loader_for(io.BytesIO(bomb), ".docx")
        assert (refused.value.state, refused.value.reason) == (FileState.TOO_LARGE, "zip_bomb")

    @pytest.mark.parametrize(
        "name", ["../../evil", "/etc/passwd", "C:/evil", "a\\..\\..\\b", "line\nbreak", "hidden\u202ename"]
    )
    def test_names_that_reach_outside_are_refused(self, name):
        with pytest.raises(Refused) as refused:
            text(docx.load, documents.with_member(self.samples["letter"], name, b"x"))
        assert refused.value.reason == "zip_names"

    def test_entities_are_not_expanded(self):
        laughs = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "harbour"><!ENTITY b "&a;&a;&a;&a;">]>
        <w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>
        <w:t>&b;</w:t></w:r></w:p></w:body></w:document>"""
        data = documents.with_member(self.samples["letter"], "word/document.xml", laughs)
        assert "harbour" not in text(docx.load, data)


@pytest.mark.parametrize(
    ("data", "suffix", "loader"),
    [
        (b"words", ".TXT", plain.load),
        (b"words", "", plain.load),
        (b"", ".pdf", plain.load),
        (b"<!DOCTYPE html><p>x", ".txt", html.load),
        (documents.pdf("x"), ".txt", pdf.load),
        (b"before it " + documents.pdf("x"), ".pdf", pdf.load),
        (b"It begins with %PDF-1.7.", ".txt", plain.load),
        (documents.word("x"), ".pdf", docx.load),
    ],
)
def test_content_outweighs_the_name(data, suffix, loader):
    assert loader_for(io.BytesIO(data), suffix) is loader


@pytest.mark.parametrize(
    ("data", "suffix", "state", "reason"),
    [
        (b"words", ".docx", FileState.UNREADABLE, "broken"),
        (b"OggS\0\2" + bytes(30), ".ogg", FileState.UNSUPPORTED, "sound"),
        (
            documents.with_member(documents.word(), "word/document.xml", b"")[:40],
            ".docx",
            FileState.UNREADABLE,
            "broken",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".docx", FileState.UNSUPPORTED, "old_office"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0" + "EncryptedPackage".encode("utf-16-le"),
            ".docx",
            FileState.ENCRYPTED,
            "password",
        ),
    ],
    ids=["words", "sound", "cut short", "old office", "encrypted"],  # bytes of an archive hold the time
)
def test_what_no_loader_reads(data, suffix, state, reason):
    with pytest.raises(Refused) as refused:
        loader_for(io.BytesIO(data), suffix)
    assert (refused.value.state, refused.value.reason) == (state, reason)


def test_an_archive_that_is_no_document():
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(Refused) as refused:
        loader_for(buffer, ".docx")
    assert refused.value.reason == "archive"
