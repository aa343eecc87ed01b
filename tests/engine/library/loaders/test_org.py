from engine.library.loaders import org
from tests.conformance.loader import LoaderConformance
from tests.engine.library.loaders.reading import chosen, headings, read

NOTES = """#+TITLE: Log
* The harbour
Ships *lie* there.
** TODO Ropes
#+begin_src sh
* no heading
#+end_src
*bold* is none either
* Gulls
"""


class TestOrg(LoaderConformance):
    loader = org.load
    samples = {"notes": NOTES.encode()}

    def test_the_text_is_the_files_and_stars_are_levels(self):
        found = read(org.load, NOTES.encode())
        assert (found.title, found.text) == ("Log", NOTES)
        assert headings(found) == [(1, "The harbour"), (2, "TODO Ropes"), (1, "Gulls")]

    def test_the_name_decides(self):
        assert chosen(b"x", ".org") is org.load
