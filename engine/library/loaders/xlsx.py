"""Workbooks through openpyxl, row by row: a sheet a heading, each value under its column's name."""

import datetime as dt
import mimetypes
from collections.abc import Iterator
from typing import Any, BinaryIO

from engine.library.loaders.contract import Block, Title, damage_refused
from engine.library.loaders.plain import gathered
from engine.library.loaders.table import lines, one_line
from engine.library.loaders.zip_limits import check_text, open_checked

BODY = "xl/workbook.xml"

_STRINGS = "xl/sharedStrings.xml"
_MOST_ROWS = 1_048_576  # what Excel knows; a file may claim more


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block | Title]:
    """The title, then each sheet's rows as values, not formulas. Raises Refused."""
    with open_checked(file) as archive:
        check_text(archive, _STRINGS, text_limit)
    mimetypes.knownfiles.clear()  # openpyxl opens these as it is imported, and a confined worker may open no file
    import openpyxl  # type: ignore[import-untyped]  # it has no stubs of its own

    file.seek(0)
    with damage_refused():
        workbook = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        title = (workbook.properties.title or "").strip()
        if title:
            yield Title(title)
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()  # what the file says of its size is often wrong
            yield from _sheet(sheet)


def _sheet(sheet: Any) -> Iterator[Block]:
    rows = ([_text(cell) for cell in row] for row in sheet.iter_rows(max_row=_MOST_ROWS))
    named = False
    for block in gathered(lines(rows)):
        if not named:
            yield Block(one_line(sheet.title) + "\n\n", 1)
            named = True
        yield block
    if named:
        yield Block("\n")


def _text(cell: Any) -> str:
    """The value as the sheet shows it, near enough: dates as ISO 8601, shares as per cent."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float | int):
        return f"{value * 100:.10g}%" if "%" in (cell.number_format or "") else f"{value:.15g}"
    if isinstance(value, dt.datetime):
        return str(value.date() if value.time() == dt.time() else value.replace(microsecond=0))
    return one_line(value)
