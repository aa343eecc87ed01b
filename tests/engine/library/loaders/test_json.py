import json as standard_json

from engine.library.loaders import json
from tests.conformance.loader import LoaderConformance
from tests.engine.library.loaders.reading import chosen, headings, read

FLEET = {
    "port": "The harbour",
    "open": True,
    "depth": 3.5,
    "pilot": None,
    "ships": [{"name": "Aurora", "crew": ["Ada", "Bo"], "berth": {"row": 3}}, {"name": "Boreas", "log": "a\nb"}],
    "empty": {},
}


class TestJson(LoaderConformance):
    loader = json.load
    samples = {
        "object": standard_json.dumps(FLEET).encode(),
        "list": b'["harbour", {"a": 1}]',
        "utf-16": standard_json.dumps(FLEET).encode("utf-16"),
        "text": b'"harbour"',
        "not quite": b'{"a": "harbour",}\n',
    }

    def test_a_line_a_value_and_a_gap_a_record_under_the_name_of_the_list(self):
        found = read(json.load, self.samples["object"])
        assert headings(found) == [(1, "ships")]
        assert found.text == (
            "port: The harbour\nopen: true\ndepth: 3.5\n"
            "ships\n\nname: Aurora\ncrew: Ada, Bo\nberth.row: 3\n\nname: Boreas\nlog: a\nb\n\n\n"
        )

    def test_what_is_not_quite_json_stays_as_it_stands(self):
        assert read(json.load, self.samples["not quite"]).text == '{"a": "harbour",}\n'

    def test_numbers_too_long_and_brackets_too_deep_take_nothing_down(self):
        self.tried(b"[" * 200_000)
        assert read(json.load, b"[" + b"1" * 5000 + b"]").text


class TestJsonLines(LoaderConformance):
    loader = json.load_lines
    samples = {"records": b'{"name": "harbour", "depth": 3}\n{"name": "pier"}\nno json\n'}

    def test_a_record_a_line_and_what_is_none_as_it_stands(self):
        assert read(json.load_lines, self.samples["records"]).text == (
            "name: harbour\ndepth: 3\n\nname: pier\n\nno json\n"
        )  # fmt: skip

    def test_a_json_file_of_lines_is_read_the_same(self):
        assert read(json.load, self.samples["records"]) == read(json.load_lines, self.samples["records"])

    def test_the_name_decides(self):
        assert chosen(b"{}", ".jsonl") is json.load_lines
        assert chosen(b"{}", ".ndjson") is json.load_lines
        assert chosen(b"{}", ".json") is json.load
