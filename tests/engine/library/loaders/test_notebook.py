import json

import pytest

from engine.library.loaders import notebook
from engine.library.values import FileState
from tests.conformance.loader import LoaderConformance
from tests.engine.library.loaders.reading import chosen, headings, read, refusal

OUTPUTS = [
    {"output_type": "stream", "text": ["3 ships\n"]},
    {"output_type": "display_data", "data": {"image/png": "aGk=", "text/plain": ["<Figure>"]}},
    {"output_type": "execute_result", "data": {"text/html": ["<b>5</b>"]}},
    {"output_type": "error", "ename": "E", "evalue": "no wind", "traceback": []},
]
CELLS = [
    {"cell_type": "markdown", "source": ["# The harbour\n", "Ships *über* there."]},
    {"cell_type": "code", "source": "count(ships)", "outputs": OUTPUTS},
    {"cell_type": "raw", "source": "as it is"},
    {"cell_type": "code", "source": [], "outputs": []},
]
OLD = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["harbour = 1"], "outputs": []}]}], "nbformat": 3}


class TestNotebook(LoaderConformance):
    loader = notebook.load
    samples = {"new": json.dumps({"cells": CELLS, "nbformat": 4}).encode(), "old": json.dumps(OLD).encode()}

    def test_cells_and_what_they_printed_in_order(self):
        found = read(notebook.load, self.samples["new"])
        assert headings(found) == [(1, "The harbour")]
        assert found.text == (
            "# The harbour\nShips *über* there.\n\ncount(ships)\n\n3 ships\n\n<Figure>\n\nno wind\n\nas it is\n\n"
        )

    @pytest.mark.parametrize("data", [b"words", b"[]", b'{"cells": 3}', b"[" * 100_000])
    def test_what_is_no_notebook_is_broken(self, data):
        assert refusal(notebook.load, data) == (FileState.UNREADABLE, "broken")

    def test_the_name_decides(self):
        assert chosen(self.samples["new"], ".ipynb") is notebook.load
