import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.library.chunk import cut
from engine.library.extracted import Extracted, Heading, PageStart, assemble
from engine.library.loaders.contract import Block


def count(texts):
    """Words and marks; letters outside of ASCII a token each, as in scripts without spaces."""
    return [len(re.findall(r"[a-zA-Z]+|[^\s]", text)) for text in texts]


words = st.sampled_from(["word", "語" * 60, "a.", "end. ", "\n\n", "\n", "\t", " ", "日本。", "- item\n", "x" * 900])
block = st.builds(Block, st.lists(words, min_size=1, max_size=30).map("".join), st.integers(0, 3), st.none())


@settings(max_examples=200, deadline=None)
@given(st.lists(block, max_size=8))
@example([Block("\n\n"), Block("# Only a heading", 1)])
def test_chunks_tile_the_text_and_are_never_too_long(blocks):
    document = assemble(blocks)
    chunks = cut(document, count, most=20)
    if not document.text.strip():
        assert not chunks
        return
    assert "".join(chunk.text for chunk in chunks) == document.text
    assert all(document.text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
    assert all(chunk.text.strip() for chunk in chunks)
    assert all(sum(count([chunk.text])) <= 20 for chunk in chunks)


def test_sentences_stay_whole():
    text = "One two three four. Five six seven eight. Nine ten eleven twelve. "
    assert [chunk.text for chunk in cut(Extracted(text), count, most=11)] == [text[:42], text[42:]]


def test_a_paragraph_that_does_not_fit_begins_a_chunk():
    first, second = "one two three four five six.\n\n", "seven eight nine ten. eleven twelve thirteen."
    assert [chunk.text for chunk in cut(Extracted(first + second), count, most=12)] == [first, second]


def test_a_page_begins_a_chunk_and_names_it():
    document = Extracted("page one. page two.", pages=[PageStart(0, 1), PageStart(10, 4)])
    assert [(chunk.text, chunk.page) for chunk in cut(document, count)] == [("page one. ", 1), ("page two.", 4)]


def test_the_heading_path_travels_with_the_chunk():
    body = "word " * 59 + "end. "
    document = assemble(
        [
            Block("Guide\n", 1),
            Block(body),
            Block("Ropes\n", 2),
            Block(body),
            Block(body),
            Block("End\n", 1),
            Block(body),
        ],
        "Handbook",
    )
    found = [(chunk.text[:5], chunk.heading) for chunk in cut(document, count, most=70)]
    assert found == [
        ("Guide", "Handbook"),
        ("Ropes", "Handbook › Guide"),  # noqa: RUF001
        ("word ", "Handbook › Guide › Ropes"),  # noqa: RUF001
        ("End\nw", "Handbook"),
    ]


def test_a_section_of_few_words_does_not_stand_alone():
    document = Extracted("A\n\nB\n\n", headings=[Heading(0, 1, "A"), Heading(3, 1, "B")])
    assert len(cut(document, count)) == 1
