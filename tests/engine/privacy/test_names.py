"""Finding names: how a tagger's words become spans, and the finder that runs one."""

import os
import signal

import pytest

from engine.models.catalog import Models
from engine.privacy.name_spans import Word, found
from engine.privacy.names import OnnxNames
from tests.conformance.names import TEXTS, NameFinderConformance
from tests.fakes.names import KnownNames


def words(text, **sure):
    """Each word of `text`; `sure` says of a kind which words are of it, and .9 or the number after a colon."""
    given = {}
    for kind, named in sure.items():
        for one in named.split():
            word, _, how = one.partition(":")
            given.setdefault(word, {})[kind] = float(how or 0.9)
    place, made = 0, []
    for word in text.replace(",", " , ").replace(".", " . ").replace("-", " - ").replace("'", " ' ").split():
        place = text.index(word, place)
        kinds = {"name": 0.0, "street": 0.0, "number": 0.0, "town": 0.0} | given.get(word, {})
        made.append(Word(place, place + len(word), **kinds))
        place += len(word)
    return made


def told(text, **sure):
    return [(text[span.start : span.end], span.kind) for span in found(text, words(text, **sure))]


@pytest.mark.parametrize(
    ("text", "names", "spans"),
    [
        ("Ask Anna Lind, Bert or me.", "Anna Lind Bert", ["Anna Lind", "Bert"]),
        ("Ask Anna-Lena O'Neil's son.", "Anna Lena O Neil", ["Anna-Lena O'Neil"]),
        ("Ask H. J. Wilson. Bert knows.", "H J Wilson Bert", ["H. J. Wilson", "Bert"]),
        ("Ask Anna\nBert knows.", "Anna Bert", ["Anna", "Bert"]),
        ("Was it X? Ask Li.", "X Li", ["Li"]),  # an initial alone says nothing
        ("The Anna of old.", "Anna:.29", []),
        ("The Anna of old.", "Anna:.31", ["Anna"]),
        ("He played the mandolin.", "mandolin:.6", []),
        ("i met anna there", "anna:.6", ["anna"]),  # where nothing has a capital, a name has none
    ],
)
def test_names(text, names, spans):
    assert told(text, name=names) == [(span, "name") for span in spans]


@pytest.mark.parametrize(
    ("text", "sure", "addresses"),
    [
        (
            "at 12 Mill Lane, Leeds now",
            {"street": "Mill Lane", "number": "12", "town": "Leeds"},
            ["12 Mill Lane, Leeds"],
        ),
        ("at 12 Mill Lane, apt. 4 now", {"street": "Mill Lane", "number": "12 4"}, ["12 Mill Lane, apt. 4"]),
        ("I live in Leeds now", {"town": "Leeds"}, []),
        ("Mill Lane is long", {"street": "Mill Lane"}, []),
        ("My code is 29408", {"number": "29408"}, []),
    ],
)
def test_an_address_has_a_street_and_a_number(text, sure, addresses):
    assert told(text, **sure) == [(address, "address") for address in addresses]


def test_a_street_named_for_somebody_is_no_name():
    text = "Anna lives at 3 Anna Lane"
    assert told(text, name="Anna", street="Anna Lane", number="3") == [("Anna", "name"), ("3 Anna Lane", "address")]


class TestKnown(NameFinderConformance):
    @pytest.fixture
    def finder(self):
        return KnownNames()


@pytest.fixture(scope="module")
def onnx(models_folder):
    finder = OnnxNames(Models(models_folder).names)
    yield finder
    finder.close()


@pytest.mark.model
class TestOnnx(NameFinderConformance):
    @pytest.fixture
    def finder(self, onnx):
        return onnx

    def test_a_killed_worker_costs_nothing(self, onnx):
        before = onnx.find(TEXTS)
        os.kill(onnx._worker.pid, signal.SIGKILL)
        assert onnx.find(TEXTS) == before

    def test_a_name_is_found_wherever_a_window_ends(self, onnx):
        for number in range(90, 140):
            text = "some words " * (number // 2) + "x " * (number % 2) + "My name is Siobhan Murphy and I agree."
            [spans] = onnx.find([text])
            assert [text[span.start : span.end] for span in spans] == ["Siobhan Murphy"], number
