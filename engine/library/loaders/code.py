"""Source code by its symbols, through tree-sitter: where one begins is a heading, and the text is the file's.

Each language has a grammar in a wheel of its own; a language without one here is read as plain text.
"""

import functools
import importlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO

from engine.library.loaders.contract import Block, Loader
from engine.library.loaders.encoding import decoded, encoding_of
from engine.library.loaders.plain import gathered

if TYPE_CHECKING:
    from tree_sitter import Node

_LANGUAGES = {  # the module, the function in it that gives the grammar, the suffixes
    ("tree_sitter_bash", "language"): ".sh .bash",
    ("tree_sitter_c", "language"): ".c",
    ("tree_sitter_cpp", "language"): ".h .hh .hpp .cc .cpp .cxx",
    ("tree_sitter_c_sharp", "language"): ".cs",
    ("tree_sitter_go", "language"): ".go",
    ("tree_sitter_java", "language"): ".java",
    ("tree_sitter_javascript", "language"): ".js .mjs .cjs .jsx",
    ("tree_sitter_php", "language_php"): ".php",
    ("tree_sitter_python", "language"): ".py .pyi",
    ("tree_sitter_ruby", "language"): ".rb",
    ("tree_sitter_rust", "language"): ".rs",
    ("tree_sitter_typescript", "language_typescript"): ".ts .mts .cts",
    ("tree_sitter_typescript", "language_tsx"): ".tsx",
}
_DEFINITION = re.compile(
    r"(?:\w+_)?(?:class|function|method|constructor|interface|enum|record|struct|trait|type|alias|namespace)"
    r"_(?:definition|declaration|item)"
    r"|(?:impl|mod)_item|macro_definition|internal_module|type_spec|class|module|(?:singleton_)?method"
)
_WITH_BODY = frozenset(
    {"struct_specifier", "class_specifier", "enum_specifier", "union_specifier"}
)  # of C, also to use one
_FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function"})
_WRAPPER = re.compile(
    r"export_statement|decorated_definition|template_declaration|type_declaration|(?:lexical|variable)_declaration"
)
_ABOVE = ("comment", "attribute", "annotation", "decorator")
_LONGEST = 4_000_000  # characters; what is longer was made by a program


def load(file: BinaryIO, *, text_limit: int, grammar: tuple[str, str]) -> Iterator[Block]:  # noqa: ARG001 - bounded by _LONGEST
    """A heading for the line that names a symbol and one for the comment above it; blocks of lines between."""
    text = "".join(decoded(file, encoding_of(file)))
    lines = list(io.StringIO(text))
    levels = _levels(text.encode(), lines, grammar) if len(text) <= _LONGEST else {}
    start = 0
    for row in sorted(levels):
        yield from gathered(lines[start:row])
        yield Block(lines[row], levels[row])
        start = row + 1
    yield from gathered(lines[start:])


LOADERS: Mapping[str, Loader] = {
    suffix: functools.partial(load, grammar=grammar)
    for grammar, names in _LANGUAGES.items()
    for suffix in names.split()
}


def _levels(source: bytes, lines: Sequence[str], grammar: tuple[str, str]) -> dict[int, int]:
    """The rows that are headings, and their levels: how deep in other symbols each stands."""
    from tree_sitter import Language, Parser

    module, function = grammar
    parser = Parser(Language(getattr(importlib.import_module(module), function)()))
    levels: dict[int, int] = {}
    waiting = [(parser.parse(source).root_node, 1)]
    while waiting:
        node, level = waiting.pop()
        inner = level
        if _defines(node):
            for row in {_first_row(node, lines), (_name(node) or node).start_point.row}:
                levels.setdefault(row, min(level, 6))
            inner = level + 1
        waiting.extend((child, inner) for child in reversed(node.named_children))
    return levels


def _defines(node: "Node") -> bool:
    if node.type in _WITH_BODY:
        return node.child_by_field_name("body") is not None
    if node.type == "variable_declarator":
        value = node.child_by_field_name("value")
        return value is not None and value.type in _FUNCTIONS
    return _DEFINITION.fullmatch(node.type) is not None and _name(node) is not None


def _name(node: "Node") -> "Node | None":
    """The part of a definition that names it; of a Rust `impl`, the type it is for."""
    return next((part for field in ("name", "declarator", "type") if (part := node.child_by_field_name(field))), None)


def _first_row(node: "Node", lines: Sequence[str]) -> int:
    """The first line of what belongs to a symbol: the comments and decorations right above it."""
    while node.parent is not None and _WRAPPER.fullmatch(node.parent.type):
        node = node.parent
    row = node.start_point.row
    above = node.prev_sibling
    while above is not None and above.end_point.row >= row - 1 and any(kind in above.type for kind in _ABOVE):
        if lines[above.start_point.row].encode()[: above.start_point.column].strip():
            break  # it stands behind something else
        row = above.start_point.row
        above = above.prev_sibling
    return row
