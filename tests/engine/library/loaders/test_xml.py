from engine.library.loaders import xml
from engine.library.values import FileState
from tests.conformance.loader import LoaderConformance
from tests.engine.library.loaders.reading import read, refusal

FLEET = b"""<?xml version="1.0"?><!-- hidden --><fleet xmlns="urn:x">
<ship name="Aurora" built="1998"><home>The harbour</home></ship><ship><home>Elsewhere</home></ship></fleet>"""
LAUGHS = b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]><d>x&b;&f;y</d>'


class TestXml(LoaderConformance):
    loader = xml.load
    samples = {"fleet": FLEET, "utf-16": FLEET.decode().partition("?>")[2].encode("utf-16")}

    def test_a_line_an_element_and_a_gap_before_a_record(self):
        assert read(xml.load, FLEET).text == (
            "ship name=Aurora built=1998\nhome: The harbour\n\nhome: Elsewhere\n"
        )  # fmt: skip

    def test_words_with_marks_among_them_stay_one_line(self):
        assert read(xml.load, b"<d><p>Ships <b>lie</b> there.</p></d>").text == "p: Ships lie there.\n"

    def test_entities_are_neither_expanded_nor_fetched(self):
        text = read(xml.load, LAUGHS).text
        assert "ha" not in text
        assert "root" not in text

    def test_what_is_no_xml_is_broken(self):
        assert refusal(xml.load, b"<a><b></a>") == (FileState.UNREADABLE, "broken")
        assert refusal(xml.load, b"<a>" * 100_000) == (FileState.UNREADABLE, "broken")
