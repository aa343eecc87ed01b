"""Presentations through python-pptx: a page a slide, its title a heading; then its shapes, tables, charts and notes."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from engine.library.loaders.contract import Block, Title, damage_refused
from engine.library.loaders.table import lines, one_line
from engine.library.loaders.zip_limits import check_text, open_checked

if TYPE_CHECKING:
    from pptx.shapes.base import BaseShape
    from pptx.shapes.graphfrm import GraphicFrame
    from pptx.slide import Slide
    from pptx.text.text import TextFrame

BODY = "ppt/presentation.xml"

_UNTITLED = "PowerPoint Presentation"  # what PowerPoint calls every presentation


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block | Title]:
    """The title, then each slide's text in the order its shapes stand, its notes last. Raises Refused."""
    with open_checked(file) as archive:
        check_text(archive, "ppt/slides/", text_limit)
    from pptx.package import Package

    file.seek(0)
    with damage_refused():
        presentation = Package.open(file).main_document_part.presentation  # pptx.Presentation refuses slide shows
        title = (presentation.core_properties.title or "").strip()
        if title not in {"", _UNTITLED}:
            yield Title(title)
        for number, slide in enumerate(presentation.slides, 1):
            for text, level in _slide(slide):
                yield Block(text, level, number)


def _slide(slide: "Slide") -> Iterator[tuple[str, int]]:
    title = slide.shapes.title
    if title is not None and title.text_frame.text.strip():
        yield one_line(title.text_frame.text) + "\n\n", 1
    for text in _shapes(slide.shapes, title):
        yield text + "\n\n", 0
    if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
        text = _frame(notes)
        if text:
            yield text + "\n\n", 0


def _shapes(shapes: "Iterable[BaseShape]", title: "BaseShape | None") -> Iterator[str]:
    """The text of each shape that has any, also within groups; not that of `title`."""
    from pptx.shapes.autoshape import Shape
    from pptx.shapes.graphfrm import GraphicFrame
    from pptx.shapes.group import GroupShape

    for shape in shapes:
        text = ""
        if isinstance(shape, GroupShape):
            yield from _shapes(shape.shapes, title)
        elif isinstance(shape, GraphicFrame):
            text = _graphic(shape)
        elif isinstance(shape, Shape) and (title is None or shape.shape_id != title.shape_id):
            text = _frame(shape.text_frame)
        if text:
            yield text


def _graphic(shape: "GraphicFrame") -> str:
    if shape.has_table:
        return "".join(lines([one_line(cell.text) for cell in row.cells] for row in shape.table.rows)).rstrip()
    if shape.has_chart and shape.chart.has_title:
        return _frame(shape.chart.chart_title.text_frame)
    return ""


def _frame(frame: "TextFrame") -> str:
    """A line a paragraph; a soft break stays within its line."""
    lines = [one_line(paragraph.text) for paragraph in frame.paragraphs]
    return "\n".join(line for line in lines if line)
