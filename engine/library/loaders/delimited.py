"""Tables as text, CSV and TSV: a line a row, each value under its column's name, whatever parts the values."""

import csv
import itertools
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from engine.library.loaders.contract import Block, damage_refused
from engine.library.loaders.encoding import decoded, encoding_of
from engine.library.loaders.plain import gathered
from engine.library.loaders.table import lines, one_line

_DELIMITERS = ",;\t|"
_SAMPLE = 50  # lines


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block]:
    """The rows, gathered into blocks. Raises Refused."""
    encoding = encoding_of(file)
    csv.field_size_limit(text_limit)
    delimiter = _delimiter(list(itertools.islice(decoded(file, encoding), _SAMPLE)))
    rows = ([one_line(cell) for cell in row] for row in csv.reader(decoded(file, encoding), delimiter=delimiter))
    with damage_refused():
        yield from gathered(lines(rows))


def _delimiter(sample: list[str]) -> str:
    """The one under which most lines have the same number of columns, of two or more; a comma when none has."""

    def regular(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter) if len(row) > 1)
        return max(((count, width) for width, count in widths.items()), default=(0, 0))

    return max(_DELIMITERS, key=regular)
