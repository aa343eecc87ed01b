import datetime as dt
from fractions import Fraction

from engine.library.loaders import xlsx
from engine.library.values import FileState
from tests.conformance.loader import LoaderConformance
from tests.engine.library import documents
from tests.engine.library.loaders.reading import chosen, headings, read, refusal

FLEET = [
    ["Ship", "Built", "Length", "Full", "Afloat"],
    ["Aurora", dt.datetime(1998, 5, 4), 41.5, Fraction(1, 4), True],  # noqa: DTZ001 - sheets know no zones
    ["Boreas", dt.datetime(2001, 2, 3, 14, 30), 38, None, False],  # noqa: DTZ001
    ["Both", None, "=SUM(C2:C3)"],
]


class TestXlsx(LoaderConformance):
    loader = xlsx.load
    samples = {
        "one": documents.workbook({"Sheet1": [["Ships in the harbour"]]}),
        "two": documents.workbook({"Fleet": FLEET, "Notes": [["The harbour\nis deep"]]}, title="Register"),
    }

    def test_each_sheet_is_a_heading_and_each_value_stands_under_its_columns_name(self):
        found = read(xlsx.load, self.samples["two"])
        assert found.title == "Register"
        assert headings(found) == [(1, "Fleet"), (1, "Notes")]
        assert found.text == (
            "Fleet\n\nShip\tBuilt\tLength\tFull\tAfloat\n"
            "Ship: Aurora\tBuilt: 1998-05-04\tLength: 41.5\tFull: 25%\tAfloat: TRUE\n"
            "Ship: Boreas\tBuilt: 2001-02-03 14:30:00\tLength: 38\tAfloat: FALSE\n"
            "Ship: Both\tLength: 42\n\n"
            "Notes\n\nThe harbour is deep\n\n"
        )

    def test_an_empty_sheet_says_nothing(self):
        assert not read(xlsx.load, documents.workbook({"Empty": []})).text

    def test_a_cell_far_down_costs_no_more_than_its_row(self):
        data = documents.with_member(
            documents.workbook({"a": []}),
            "xl/worksheets/sheet1.xml",
            b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            b'<row r="90000000000"><c r="A90000000000"><v>1</v></c></row></sheetData></worksheet>',
        )
        assert not read(xlsx.load, data).text

    def test_entities_are_refused(self):
        data = documents.with_member(
            documents.workbook({"a": []}),
            "xl/worksheets/sheet1.xml",
            b'<!DOCTYPE d [<!ENTITY a "harbour">]>'
            b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            b'<row r="1"><c r="A1" t="str"><v>&a;</v></c></row></sheetData></worksheet>',
        )
        assert refusal(xlsx.load, data) == (FileState.UNREADABLE, "broken")

    def test_a_sheet_that_is_damaged_further_down_makes_the_workbook_broken(self):
        data = documents.with_member(self.samples["two"], "xl/worksheets/sheet2.xml", b"<worksheet><sheetData><row>")
        assert refusal(xlsx.load, data) == (FileState.UNREADABLE, "broken")

    def test_bombs_and_strings_beyond_the_limit(self):
        assert refusal(xlsx.load, documents.workbook_bomb()) == (FileState.TOO_LARGE, "zip_bomb")
        assert refusal(xlsx.load, self.samples["two"], text_limit=100) == (FileState.TOO_LARGE, "text_limit")

    def test_it_is_known_by_its_content(self):
        assert chosen(self.samples["one"], ".zip") is xlsx.load
