import pytest

from engine.library.loaders import delimited
from tests.conformance.loader import LoaderConformance
from tests.engine.library.loaders.reading import chosen, read

ROWS = [["Berth", "Note"], ["3", 'harbour, "east"'], ["4", "Two\nlines"]]


def written(delimiter: str, *, encoding: str = "utf-8") -> bytes:
    import csv
    import io

    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows(ROWS)
    return buffer.getvalue().encode(encoding)


class TestDelimited(LoaderConformance):
    loader = delimited.load
    samples = {
        "commas": written(","),
        "semicolons": written(";"),
        "tabs": written("\t"),
        "bars": written("|"),
        "utf-16": written(",", encoding="utf-16"),
    }

    @pytest.mark.parametrize("name", samples)
    def test_whatever_parts_the_values_the_rows_are_the_same(self, name):
        assert read(delimited.load, self.samples[name]).text == (
            'Berth\tNote\nBerth: 3\tNote: harbour, "east"\nBerth: 4\tNote: Two lines\n'
        )

    def test_commas_in_numbers_do_not_part_columns(self):
        data = b"Year;Income;Costs\n2022;1,5;2,5\n2023;3,5;4,25\n"
        assert "Year: 2023\tIncome: 3,5\tCosts: 4,25\n" in read(delimited.load, data).text

    def test_one_column_is_a_list(self):
        assert read(delimited.load, b"Ships\nAurora\nBoreas\n").text == "Ships\nAurora\nBoreas\n"

    def test_an_open_quote_loses_no_words(self):
        assert "Gulls cry" in read(delimited.load, b'a,b\n1,"open\nGulls cry\n' + b"x,y\n" * 50_000).text

    def test_the_name_decides(self):
        assert chosen(b"a,b\n", ".CSV") is delimited.load
        assert chosen(b"a\tb\n", ".tsv") is delimited.load
