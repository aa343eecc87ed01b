"""Small documents of every format, made by libraries other than those that read them where there are any."""

import copy
import functools
import io
import zipfile
from collections.abc import Sequence
from fractions import Fraction

import docx
import pptx
import xlsxwriter
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject
from pypdfium2 import PdfDocument
from reportlab.pdfgen.canvas import Canvas


def pdf(*pages: str, title: str = "") -> bytes:
    """A page for each text, a line for each of its lines."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=True)
    canvas.setTitle(title)
    for page in pages:
        for number, line in enumerate(page.splitlines()):
            canvas.drawString(72, 720 - 14 * number, line)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def picture(*lines: str, form: str = "PNG") -> bytes:
    """A page of 800 by 500 pixels with these lines on it, as a picture."""
    buffer = io.BytesIO()
    _drawn(lines).save(buffer, form)
    return buffer.getvalue()


def scan(*pages: str, form: str = "PDF") -> bytes:
    """Pages without a text layer, as a PDF or a TIFF: a picture for each text, a line for each of its lines."""
    buffer = io.BytesIO()
    first, *rest = [_drawn(page.splitlines()) for page in pages]
    first.save(buffer, form, save_all=True, append_images=rest)
    return buffer.getvalue()


def _drawn(lines: Sequence[str]) -> Image.Image:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, (400, 250))
    canvas.setFont("Helvetica", 18)
    for number, line in enumerate(lines):
        canvas.drawString(20, 200 - 30 * number, line)
    canvas.showPage()
    canvas.save()
    return PdfDocument(buffer.getvalue())[0].render(scale=2).to_pil()


def joined(*documents: bytes) -> bytes:
    """The pages of these PDFs in one."""
    writer = PdfWriter()
    for document in documents:
        writer.append(io.BytesIO(document))
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def turned_pdf(text: str, *, turn: int, crop: tuple[float, float, float, float]) -> bytes:
    """One page, turned by `turn` degrees and cropped to left, bottom, right, top in points."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(text))))
    page = writer.pages[0]
    page.cropbox = RectangleObject(crop)
    page.rotate(turn)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def busy_pdf(*, lines: int) -> bytes:
    """A page with a word and so many lines across it that drawing it takes seconds."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=True)
    canvas.drawString(72, 720, "busy")
    for number in range(lines):
        canvas.line(0, number % 800, 600, (7 * number) % 800)
    canvas.save()
    return buffer.getvalue()


def locked_pdf(text: str, password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(text))))
    writer.encrypt(password)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def word(*paragraphs: str, heading: str = "", rows: list[list[str]] | None = None) -> bytes:
    document = docx.Document()
    if heading:
        document.add_heading(heading, 1)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if rows:
        table = document.add_table(len(rows), len(rows[0]))
        for cells, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(cells.cells, texts, strict=True):
                cell.text = text
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def with_member(archive: bytes, name: str, data: bytes) -> bytes:
    """`archive` with one more (or another) member."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, data)
    return buffer.getvalue()


def retyped(package: bytes, old: str, new: str) -> bytes:
    """An Office file whose main part says that it is of another type."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        types = archive.read("[Content_Types].xml")
    assert old.encode() in types
    return with_member(package, "[Content_Types].xml", types.replace(old.encode(), new.encode()))


def overlapping_zip() -> bytes:
    """Many names for the same packed bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", " ".join(map(str, range(20_000))))
        for number in range(1000):
            other = copy.copy(archive.filelist[0])
            other.filename = f"{number}.xml"
            archive.filelist.append(other)
    return buffer.getvalue()


def many_members_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(6_000):
            archive.writestr(f"{number}", b"")
    return buffer.getvalue()


def promising_zip() -> bytes:
    """A directory that promises more than all may hold, each member in bounds."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(600):
            archive.writestr(f"{number}", b"x" * 100)
            archive.filelist[-1].file_size = 1_000_000
    return buffer.getvalue()


@functools.cache
def word_bomb() -> bytes:
    """About 60 KB that unpack to 32 MB."""
    return with_member(word("small"), "word/document.xml", b"<a>" + b" " * 32_000_000)


def workbook(sheets: dict[str, list[list[object]]], *, title: str = "") -> bytes:
    """A sheet for each name; values as they are, text that begins with `=` as a formula whose value is 42."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as made:
        made.set_properties({"title": title})
        share = made.add_format({"num_format": "0.0%"})
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for row, values in enumerate(rows):
                for column, value in enumerate(values):
                    if isinstance(value, str) and value.startswith("="):
                        sheet.write_formula(row, column, value, None, 42)
                    elif isinstance(value, Fraction):
                        sheet.write_number(row, column, float(value), share)
                    elif value is not None:
                        sheet.write(row, column, value)
    return buffer.getvalue()


@functools.cache
def workbook_bomb() -> bytes:
    """About 60 KB that unpack to 32 MB of strings."""
    return with_member(workbook({"a": [["small"]]}), "xl/sharedStrings.xml", b"<a>" + b" " * 32_000_000)


_ODF_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office", "text": "text", "table": "table", "draw": "drawing",
        "presentation": "presentation", "meta": "meta",
    }.items()
)  # fmt: skip
_ODF_TITLE = (
    f'<office:document-meta {_ODF_NAMESPACES} xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Log</dc:title>'
)


def opendocument(kind: str, body: str, *, manifest: str = "<manifest/>") -> bytes:
    """`kind` is text, spreadsheet or presentation; `body` what stands within."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("meta.xml", _ODF_TITLE + "</office:document-meta>")
        archive.writestr(
            "content.xml",
            f"<office:document-content {_ODF_NAMESPACES}><office:body><office:{kind}>{body}</office:{kind}>"
            "</office:body></office:document-content>",
        )
    return buffer.getvalue()


def packed(entries: dict[str, bytes]) -> bytes:
    """A ZIP archive, the same whenever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries.items():
            made.writestr(zipfile.ZipInfo(name, (1998, 5, 4, 10, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def slides(*texts: str) -> bytes:
    """A slide for each text, without a title."""
    made = pptx.Presentation()
    for text in texts:
        made.slides.add_slide(made.slide_layouts[6]).shapes.add_textbox(0, 0, 9, 9).text_frame.text = text
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()
