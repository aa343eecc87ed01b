import pytest

from engine.library.loaders import code
from tests.conformance.loader import LoaderConformance
from tests.engine.library.loaders.reading import chosen, headings, read

SOURCES = {
    ".py": ("# Of ships.\n@dec\nclass Harbour:\n    def f(self): ...\n\nx = 1\n\nasync def g(): ...\n",
            [(1, "Of ships."), (1, "class Harbour:"), (2, "def f(self): ..."), (1, "async def g(): ...")]),
    ".js": ("/** Doc. */\nexport class Harbour {\n m() {}\n}\nexport const g = (a) => {};\nconst n = 3;\n",
            [(1, "/** Doc. */"), (1, "export class Harbour {"), (2, "m() {}"), (1, "export const g = (a) => {};")]),
    ".ts": ("interface Harbour { a: string }\nnamespace N {\n  function f() {}\n}\n",
            [(1, "interface Harbour { a: string }"), (1, "namespace N {"), (2, "function f() {}")]),
    ".tsx": ("export const Harbour = () => <b>x</b>;\n", [(1, "export const Harbour = () => <b>x</b>;")]),
    ".java": ("@Ann\npublic class Harbour {\n  int f() { return 1; }\n}\n",
              [(1, "@Ann"), (1, "public class Harbour {"), (2, "int f() { return 1; }")]),
    ".c": ("struct harbour { int a; };\nstatic int *f(int a) { return 0; }\nstruct harbour v;\n",
           [(1, "struct harbour { int a; };"), (1, "static int *f(int a) { return 0; }")]),
    ".cpp": ("namespace harbour {\nclass A {\n  void f() {}\n};\n}\n",
             [(1, "namespace harbour {"), (2, "class A {"), (3, "void f() {}")]),
    ".cs": ("class Harbour {\n  void F() {}\n}\n", [(1, "class Harbour {"), (2, "void F() {}")]),
    ".go": ("package harbour\n\n// M does.\nfunc (t *T) M() int { return 1 }\n",
            [(1, "// M does."), (1, "func (t *T) M() int { return 1 }")]),
    ".rs": ("impl Harbour {\n  pub fn f(&self) {}\n}\n", [(1, "impl Harbour {"), (2, "pub fn f(&self) {}")]),
    ".rb": ("class Harbour\n  def f\n  end\nend\n", [(1, "class Harbour"), (2, "def f")]),
    ".php": ("<?php\nclass Harbour {\n  function f() {}\n}\n", [(1, "class Harbour {"), (2, "function f() {}")]),
    ".sh": ("harbour() {\n  echo\n}\n", [(1, "harbour() {")]),
}  # fmt: skip


class TestCode(LoaderConformance):
    loader = code.LOADERS[".py"]
    samples = {"python": SOURCES[".py"][0].encode().replace(b"Harbour", b"harbour")}

    @pytest.mark.parametrize("suffix", SOURCES)
    def test_symbols_are_headings_and_the_text_is_the_files(self, suffix):
        source, symbols = SOURCES[suffix]
        found = read(chosen(source.encode(), suffix), source.encode())
        assert found.text == source
        assert headings(found) == symbols

    def test_every_grammar_loads(self):
        for suffix, loader in code.LOADERS.items():
            assert read(loader, b"x\n").text == "x\n", suffix

    def test_rows_hold_beside_wide_characters_and_other_line_ends(self):
        source = "s = '日本\U0001f600'\r\n\r\n# 港\r\ndef f(): ...\r\n"
        assert headings(read(code.LOADERS[".py"], source.encode())) == [(1, "港"), (1, "def f(): ...")]

    def test_a_comment_behind_something_else_is_not_of_what_follows(self):
        assert headings(read(code.LOADERS[".py"], b"x = 1  # of x\ndef f(): ...\n")) == [(1, "def f(): ...")]

    def test_depth_and_length_are_no_trouble(self, monkeypatch):
        assert read(code.LOADERS[".c"], b"{" * 50_000).text
        monkeypatch.setattr(code, "_LONGEST", 10)
        assert not headings(read(code.LOADERS[".py"], b"def f(): ...\n" * 2))
