"""What every finder of names promises. A subclass gives `finder` as a fixture."""

import itertools

from engine.privacy.names import NameFinder

TEXTS = ["My name is Alex Rivera.", "", "The boiler was serviced in May.", "I live at 12 Mill Lane.", "word " * 600]


class NameFinderConformance:
    def test_a_name_and_an_address_are_found_where_they_stand(self, finder: NameFinder):
        told = [
            [(text[span.start : span.end], span.kind) for span in spans]
            for text, spans in zip(TEXTS, finder.find(TEXTS), strict=True)
        ]
        assert told == [[("Alex Rivera", "name")], [], [], [("12 Mill Lane", "address")], []]

    def test_no_texts_give_nothing(self, finder: NameFinder):
        assert finder.find([]) == []

    def test_a_text_does_not_depend_on_those_beside_it(self, finder: NameFinder):
        assert finder.find(TEXTS) == [found for text in TEXTS for found in finder.find([text])]

    def test_spans_are_in_order_and_apart(self, finder: NameFinder):
        [spans] = finder.find([" and ".join(TEXTS[:4] * 40)])
        assert len(spans) >= 40
        assert all(before.end <= after.start for before, after in itertools.pairwise(spans))

    def test_it_has_a_name(self, finder: NameFinder):
        assert finder.name
