import io

import pptx as python_pptx
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE

from engine.library.loaders import pptx
from engine.library.values import FileState
from tests.conformance.loader import LoaderConformance
from tests.engine.library import documents
from tests.engine.library.loaders.reading import chosen, headings, read, refusal


def slides(*, title: str = "") -> bytes:
    """A slide with a body, one with a table, a chart and a group, one without a title; notes on the first."""
    made = python_pptx.Presentation()
    made.core_properties.title = title
    first = made.slides.add_slide(made.slide_layouts[1])
    first.shapes.title.text = "The harbour"
    first.placeholders[1].text = "Ships lie\vthere.\nGulls cry."
    first.notes_slide.notes_text_frame.text = "Speak slowly."
    second = made.slides.add_slide(made.slide_layouts[5])
    second.shapes.title.text = "Berths"
    table = second.shapes.add_table(2, 2, 0, 0, 100, 100).table
    for place, text in enumerate(["Berth", "Ship", "3", "Aurora"]):
        table.cell(place // 2, place % 2).text = text
    data = CategoryChartData()
    data.categories = ["2023"]
    data.add_series("Calls", (3,))
    chart = second.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, 0, 0, 100, 100, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Calls a year"
    second.shapes.add_group_shape().shapes.add_textbox(0, 0, 9, 9).text_frame.text = "In a group"
    third = made.slides.add_slide(made.slide_layouts[6])
    third.shapes.add_textbox(0, 0, 9, 9).text_frame.text = "No title here"
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


class TestPptx(LoaderConformance):
    loader = pptx.load
    samples = {"slides": slides()}

    def test_each_slide_is_a_page_and_its_title_a_heading(self):
        found = read(pptx.load, self.samples["slides"])
        assert [page.number for page in found.pages] == [1, 2, 3]
        assert headings(found) == [(1, "The harbour"), (1, "Berths")]

    def test_everything_a_slide_says_once_and_its_notes_last(self):
        found = read(pptx.load, self.samples["slides"])
        assert found.text == (
            "The harbour\n\nShips lie there.\nGulls cry.\n\nSpeak slowly.\n\n"
            "Berths\n\nBerth\tShip\nBerth: 3\tShip: Aurora\n\nCalls a year\n\nIn a group\n\nNo title here\n\n"
        )

    def test_the_title_but_not_the_one_every_presentation_has(self):
        assert read(pptx.load, slides(title="Port plan")).title == "Port plan"
        assert not read(pptx.load, slides(title="PowerPoint Presentation")).title

    def test_a_slide_show_is_a_presentation(self):
        main = "application/vnd.openxmlformats-officedocument.presentationml.{}.main+xml"
        data = documents.retyped(self.samples["slides"], main.format("presentation"), main.format("slideshow"))
        assert read(pptx.load, data) == read(pptx.load, self.samples["slides"])

    def test_slides_that_hold_more_than_the_limit_are_refused_before_they_are_unpacked(self):
        assert refusal(pptx.load, self.samples["slides"], text_limit=100) == (FileState.TOO_LARGE, "text_limit")

    def test_it_is_known_by_its_content(self):
        assert chosen(self.samples["slides"], ".dat") is pptx.load
        assert refusal(pptx.load, documents.word("x")) == (FileState.UNREADABLE, "broken")
