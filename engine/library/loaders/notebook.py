"""Jupyter notebooks: the Markdown with its headings, the code, and what it printed."""

import io
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from engine.library.loaders import markdown
from engine.library.loaders.contract import Block, damage_refused

_Text = str | list[str]


class _Shown(msgspec.Struct):
    plain: _Text = msgspec.field(default="", name="text/plain")


class _Output(msgspec.Struct):
    text: _Text = ""
    data: _Shown = msgspec.field(default_factory=_Shown)
    evalue: str = ""  # of an error


class _Cell(msgspec.Struct):
    cell_type: str
    source: _Text = ""
    input: _Text = ""  # of code, up to version 3 of the format
    outputs: list[_Output] = []


class _Sheet(msgspec.Struct):
    cells: list[_Cell] = []


class _Notebook(msgspec.Struct):
    cells: list[_Cell] = []
    worksheets: list[_Sheet] = []  # up to version 3


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block]:
    """The cells in order. Raises Refused."""
    file.seek(0)
    source = file.read()
    if not source.strip():
        return
    with damage_refused():
        notebook = msgspec.json.decode(source, type=_Notebook)
    for cell in [*notebook.cells, *(cell for sheet in notebook.worksheets for cell in sheet.cells)]:
        text = _joined(cell.source or cell.input).strip()
        if cell.cell_type == "markdown":
            yield from markdown.load(io.BytesIO(text.encode("utf-8-sig")), text_limit=text_limit)
            yield Block("\n\n")
        elif text:
            yield Block(text + "\n\n")
        for output in cell.outputs:
            if printed := _printed(output).strip():
                yield Block(printed + "\n\n")


def _printed(output: _Output) -> str:
    """What an output says in plain text; pictures and pages are left out."""
    return _joined(output.text) or _joined(output.data.plain) or output.evalue


def _joined(text: _Text) -> str:
    return text if isinstance(text, str) else "".join(text)
