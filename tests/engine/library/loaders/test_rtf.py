import pytest

from engine.library.loaders import rtf
from tests.conformance.loader import LoaderConformance
from tests.engine.library.loaders.reading import chosen, read

LETTER = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Times;}}{\*\generator hidden;}{\pict 0102}\pard Gulls \'fcber the "
    rb"harbour.\par Second {\b bold} \u8364?5.\par \trowd A\cell B\cell\row C\cell D\cell\row}"
)


class TestRtf(LoaderConformance):
    loader = rtf.load
    samples = {"letter": LETTER}

    def test_paragraphs_and_rows_without_fonts_and_pictures(self):
        assert read(rtf.load, LETTER).text == "Gulls über the harbour.\n\nSecond bold €5.\n\nA|B|\nC|D|\n"

    @pytest.mark.parametrize(
        "data", [rb"{\rtf1\u99999999999999999 x}", rb"{\rtf1" + b"{" * 5000, rb"{\rtf1 \bin999999 }"]
    )
    def test_hostile_words_are_refused_or_read(self, data):
        self.tried(data)

    def test_it_is_known_by_its_content(self):
        assert chosen(LETTER, ".doc") is rtf.load
