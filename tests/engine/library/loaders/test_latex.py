from engine.library.loaders import latex
from tests.conformance.loader import LoaderConformance
from tests.engine.library.loaders.reading import chosen, headings, read

PAPER = rb"""\documentclass{article}
\title[Short]{On \emph{Tides}}

\section{The harbour \& its {\bf walls}}\label{sec:one}
Ships $x^2$ lie
there.

\subsection*{Ropes}  Hemp.
"""


class TestLatex(LoaderConformance):
    loader = latex.load
    samples = {"paper": PAPER}

    def test_headings_are_their_words_and_the_rest_stands_as_it_does(self):
        found = read(latex.load, PAPER)
        assert found.title == "On Tides"
        assert headings(found) == [(2, "The harbour & its walls"), (3, "Ropes")]
        assert found.text == (
            "\\documentclass{article}\n\\title[Short]{On \\emph{Tides}}\n\n"
            "The harbour & its walls\n\\label{sec:one}\nShips $x^2$ lie\nthere.\n\nRopes\nHemp.\n"
        )

    def test_an_open_brace_is_no_heading_and_no_trouble(self):
        assert not headings(read(latex.load, b"\\section{" + b"{" * 100_000))

    def test_the_name_decides(self):
        assert chosen(PAPER, ".tex") is latex.load
