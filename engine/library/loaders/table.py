"""Rows of a table as text: a line a row, and where the columns have names, each value under its own."""

import re
from collections.abc import Iterable, Iterator, Sequence

_NAME = re.compile(r"(?=[^\n]{1,80}$)(?:(?!\d)(?!.*(?:@|://)).*[^\W\d_].*|(?:19|20)\d\d)")  # words, or a year


def lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A line for each row that holds something, ending in a newline.

    The names of the columns are in the first row of two cells or more, when all of it are short words that differ;
    after an empty row another table may begin with names of its own. Names stand on a line of their own too.
    """
    names: Sequence[str] = ()
    may_name = True
    for row in rows:
        filled = [cell for cell in row if cell]
        if not filled:
            may_name = True
            continue
        named = row == names
        if may_name and len(filled) > 1:
            may_name = False
            if _are_names(filled):
                names, named = row, True
        yield _row(row, () if named else names) + "\n"


def one_line(value: object) -> str:
    """A cell's value on one line."""
    return " ".join(str(value).split())


def _row(cells: Sequence[str], names: Sequence[str]) -> str:
    """The cells that hold something, parted by tabs, each after its column's name."""
    return "\t".join(
        f"{names[place]}: {cell}" if place < len(names) and names[place] else cell
        for place, cell in enumerate(cells)
        if cell
    )


def _are_names(cells: Sequence[str]) -> bool:
    return len(set(cells)) == len(cells) and all(_NAME.match(cell) for cell in cells)
