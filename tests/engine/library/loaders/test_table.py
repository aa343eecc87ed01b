import pytest

from engine.library.loaders.table import lines


def joined(*rows: str) -> list[str]:
    """Rows written as `a|b`."""
    return [line.rstrip("\n") for line in lines(row.split("|") for row in rows)]


def test_each_value_stands_under_its_columns_name():
    assert joined("Name|Town", "Ada|Bonn", "|Köln", "Bo|") == [
        "Name\tTown",
        "Name: Ada\tTown: Bonn",
        "Town: Köln",
        "Name: Bo",
    ]


def test_a_caption_above_the_names_is_a_line():
    assert joined("Members||", "Name|Town|", "Ada|Bonn|") == ["Members", "Name\tTown", "Name: Ada\tTown: Bonn"]


def test_a_corner_without_a_name_and_years_as_names():
    assert joined("|2023|2024", "Ships|3|4") == ["2023\t2024", "Ships\t2023: 3\t2024: 4"]


@pytest.mark.parametrize("first", ["1|2", "Ada|Ada", "Ada|ada@example.org", "3rd|4th", f"{'long ' * 20}|x"])
def test_a_first_row_that_is_no_names_gives_none(first):
    assert joined(first, "x|y") == [first.replace("|", "\t"), "x\ty"]


def test_a_second_table_after_an_empty_row_has_names_of_its_own():
    assert joined("A|B", "1|2", "|", "C|D", "3|4")[2:] == ["C\tD", "C: 3\tD: 4"]


def test_rows_parted_by_an_empty_one_keep_their_names():
    assert joined("A|B", "1|2", "|", "3|4")[2:] == ["A: 3\tB: 4"]


def test_names_told_again_are_told_as_they_are():
    assert joined("A|B", "1|2", "A|B", "3|4") == ["A\tB", "A: 1\tB: 2", "A\tB", "A: 3\tB: 4"]
