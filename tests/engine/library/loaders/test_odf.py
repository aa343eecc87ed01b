import pytest

from engine.library.loaders import odf
from engine.library.values import FileState
from tests.conformance.loader import LoaderConformance
from tests.engine.library.documents import opendocument, with_member
from tests.engine.library.loaders.reading import chosen, headings, read, refusal

TEXT = opendocument(
    "text",
    '<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:h text:outline-level="2">The '
    "harbour</text:h><text:p>Ships<text:s text:c='2'/><text:span>lie</text:span><text:tab/>there<text:note>"
    "<text:note-citation>1</text:note-citation><text:note-body><text:p>At night.</text:p></text:note-body></text:note>."
    "<text:line-break/>Gulls.</text:p><text:list><text:list-item><text:p>Hemp</text:p></text:list-item></text:list>"
    "<table:table table:name='T'><table:table-header-rows><table:table-row><table:table-cell><text:p>Berth</text:p>"
    "</table:table-cell><table:table-cell><text:p>Ship</text:p></table:table-cell></table:table-row>"
    "</table:table-header-rows><table:table-row><table:table-cell><text:p>3</text:p></table:table-cell>"
    "<table:table-cell><text:p>Aurora</text:p></table:table-cell></table:table-row></table:table>",
)
SHEET = opendocument(
    "spreadsheet",
    "<table:table table:name='Fleet in harbour'><table:table-row><table:table-cell><text:p>Ship</text:p>"
    "</table:table-cell><table:table-cell table:number-columns-repeated='2'/><table:table-cell><text:p>Built</text:p>"
    "</table:table-cell><table:table-cell table:number-columns-repeated='900000000'/></table:table-row>"
    "<table:table-row table:number-rows-repeated='900000000'><table:table-cell><text:p>Aurora</text:p>"
    "</table:table-cell><table:covered-table-cell table:number-columns-repeated='2'/>"
    "<table:table-cell office:value-type='date' office:date-value='1998-05-04T00:00:00'><text:p>04.05.98</text:p>"
    "</table:table-cell></table:table-row></table:table><table:table table:name='Empty'/>",
)
SLIDES = opendocument(
    "presentation",
    "<draw:page><draw:frame presentation:class='title'><draw:text-box><text:p>The harbour</text:p></draw:text-box>"
    "</draw:frame><draw:frame presentation:class='outline'><draw:text-box><text:p>Ships</text:p></draw:text-box>"
    "</draw:frame></draw:page><draw:page><draw:frame><draw:text-box><text:p>Ropes</text:p></draw:text-box></draw:frame>"
    "<presentation:notes><draw:frame><draw:text-box><text:p>Hemp</text:p></draw:text-box></draw:frame>"
    "</presentation:notes></draw:page>",
)


class TestOdf(LoaderConformance):
    loader = odf.load
    samples = {"text": TEXT, "sheet": SHEET, "slides": SLIDES}

    def test_headings_paragraphs_notes_lists_and_rows_but_nothing_deleted(self):
        found = read(odf.load, TEXT)
        assert (found.title, headings(found)) == ("Log", [(2, "The harbour")])
        assert found.text == (
            "The harbour\n\nShips  lie\tthere (At night.).\nGulls.\n\nHemp\n\n"
            "Berth\tShip\nBerth: 3\tShip: Aurora\n\n"
        )  # fmt: skip

    def test_sheets_are_headings_and_what_repeats_is_told_once(self):
        found = read(odf.load, SHEET)
        assert headings(found) == [(1, "Fleet in harbour")]
        assert found.text == "Fleet in harbour\n\nShip\tBuilt\nShip: Aurora\tBuilt: 1998-05-04\n\n"

    def test_slides_are_pages_with_their_notes(self):
        found = read(odf.load, SLIDES)
        assert [page.number for page in found.pages] == [1, 2]
        assert headings(found) == [(1, "The harbour")]
        assert found.text == "The harbour\n\nShips\n\nRopes\n\nHemp\n\n"

    def test_locked_and_broken(self):
        locked = opendocument("text", "", manifest="<manifest><encryption-data/></manifest>")
        assert refusal(odf.load, locked) == (FileState.ENCRYPTED, "password")
        assert refusal(odf.load, with_member(TEXT, "content.xml", b"<a><b>")) == (FileState.UNREADABLE, "broken")

    def test_more_than_the_limit_is_refused_before_it_is_unpacked(self):
        assert refusal(odf.load, TEXT, text_limit=100) == (FileState.TOO_LARGE, "text_limit")

    def test_entities_are_not_expanded(self):
        laughs = b'<!DOCTYPE d [<!ENTITY a "harbour"><!ENTITY b "&a;&a;&a;&a;">]><d><p>&b;</p></d>'
        assert "harbour" not in read(odf.load, with_member(TEXT, "content.xml", laughs)).text

    @pytest.mark.parametrize("data", [TEXT, SHEET, SLIDES], ids=["text", "sheet", "slides"])
    def test_it_is_known_by_its_content(self, data):
        assert chosen(data, ".zip") is odf.load
