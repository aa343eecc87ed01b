import io
import zipfile

from engine.library.loaders import epub
from engine.library.values import FileState
from tests.conformance.loader import LoaderConformance
from tests.engine.library.documents import with_member
from tests.engine.library.loaders.reading import chosen, headings, read, refusal


def book(chapters: dict[str, str], *, spine: list[str], title: str = "Sea") -> bytes:
    """Chapters by the names of their files, read in the order of `spine`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OPS/book.opf"/></rootfiles></container>',
        )
        items = "".join(
            f'<item id="{name}" href="{name.replace(" ", "%20")}" media-type="application/xhtml+xml"/>'
            for name in chapters
        )
        refs = "".join(f'<itemref idref="{name}"/>' for name in spine)
        archive.writestr(
            "OPS/book.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
            f"<dc:title>{title}</dc:title></metadata><manifest>{items}"
            '<item id="css" href="a.css" media-type="text/css"/></manifest>'
            f'<spine>{refs}<itemref idref="css"/><itemref idref="gone"/></spine></package>',
        )
        for name, page in chapters.items():
            archive.writestr(f"OPS/{name}", f"<html><head><title>x</title></head><body>{page}</body></html>")
    return buffer.getvalue()


BOOK = book(
    {"b.xhtml": "<h2>Ropes</h2><p>Hemp.</p>", "the first.xhtml": "<h1>The harbour</h1><p>Ships.</p>"},
    spine=["the first.xhtml", "b.xhtml"],
)


class TestEpub(LoaderConformance):
    loader = epub.load
    samples = {"book": BOOK}

    def test_chapters_in_the_order_of_the_spine(self):
        found = read(epub.load, BOOK)
        assert (found.title, headings(found)) == ("Sea", [(1, "The harbour"), (2, "Ropes")])
        assert found.text == "The harbour\n\nShips.\n\nRopes\n\nHemp.\n\n"

    def test_a_copy_protected_book_says_so_and_scrambled_fonts_do_not_matter(self):
        def protecting(name: str) -> bytes:
            cipher = f'<encryption><CipherReference URI="{name}"/></encryption>'
            return with_member(BOOK, "META-INF/encryption.xml", cipher.encode())

        assert refusal(epub.load, protecting("OPS/b.xhtml")) == (FileState.ENCRYPTED, "copy_protected")
        assert read(epub.load, protecting("OPS/serif.otf")).text == read(epub.load, BOOK).text

    def test_a_book_without_a_chapter_it_names_is_broken(self):
        data = book({"a.xhtml": "x"}, spine=["a.xhtml"]).replace(b"OPS/a.xhtml", b"OPS/z.xhtml")
        assert refusal(epub.load, data) == (FileState.UNREADABLE, "broken")

    def test_it_is_known_by_its_content(self):
        assert chosen(BOOK, ".zip") is epub.load
