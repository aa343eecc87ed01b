from engine.library.loaders import rst
from tests.conformance.loader import LoaderConformance
from tests.engine.library.loaders.reading import chosen, headings, read

GUIDE = """=====
Guide
=====

The harbour
===========
Ships.

Ropes
-----

Hemp.

Gulls
=====

Two lines of
words, not
----------
=== ===
a   b
=== ===
short
--
"""


class TestRst(LoaderConformance):
    loader = rst.load
    samples = {"guide": GUIDE.encode()}

    def test_the_text_is_the_files_and_levels_are_in_the_order_their_underlines_appear(self):
        found = read(rst.load, GUIDE.encode())
        assert found.text == GUIDE
        assert headings(found) == [(1, "Guide"), (2, "The harbour"), (3, "Ropes"), (2, "Gulls")]

    def test_the_name_decides(self):
        assert chosen(b"x", ".rst") is rst.load
