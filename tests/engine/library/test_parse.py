import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from engine.errors import Interrupted
from engine.library.loaders.contract import Refused
from engine.library.parse import LIMITS, ParseBatch
from engine.library.values import FileState
from engine.progress import Control
from tests.engine.library import documents
from tests.engine.library.compound import outlook_message

LIMIT = 50_000_000


@contextlib.contextmanager
def batch(folder: Path, *contents: bytes, text_limit: int = LIMIT, **options) -> Iterator[tuple[ParseBatch, list[int]]]:
    """Files with these contents, open, and a batch that may read them."""
    descriptors = []
    for number, content in enumerate(contents):
        path = folder / str(number)
        path.write_bytes(content)
        descriptors.append(os.open(path, os.O_RDONLY))
    try:
        with ParseBatch(descriptors, text_limit=text_limit, **options) as parser:
            yield parser, descriptors
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def refusal(parser: ParseBatch, descriptor: int, suffix: str) -> tuple[FileState, str]:
    with pytest.raises(Refused) as refused:
        parser.parse(descriptor, suffix)
    return refused.value.state, refused.value.reason


def test_one_batch_reads_every_format(tmp_path):
    samples = {
        ".txt": (b"plain", "plain"),
        ".md": (b"# mark", "# mark"),
        ".html": (b"<p>hyper", "hyper"),
        ".pdf": (documents.pdf("portable"), "portable"),
        ".docx": (documents.word("office"), "office"),
        ".pptx": (documents.slides("shown"), "shown"),
        ".xlsx": (documents.workbook({"Sheet": [["cell"]]}), "Sheet\n\ncell"),
        ".csv": (b"a;b\n1;2\n", "a\tb\na: 1\tb: 2"),
        ".odt": (documents.opendocument("text", "<text:p>open</text:p>"), "open"),
        ".rtf": (rb"{\rtf1 rich}", "rich"),
        ".xml": (b"<a><b>marked</b></a>", "b: marked"),
        ".json": (b'{"a": 1}', "a: 1"),
        ".ipynb": (b'{"cells": [{"cell_type": "code", "source": "1 + 1"}]}', "1 + 1"),
        ".tex": (b"\\section{Head}\n", "Head"),
        ".py": (b"def f(): ...", "def f(): ..."),
        ".eml": (b"Subject: sent\n\nmail", "Subject: sent\n\nmail"),
        ".msg": (outlook_message(subject="s", sender="a@b.c", to="d@e.f"), "From: <a@b.c>\nTo: Bo <d@e.f>\nSubject: s"),
        ".zip": (documents.packed({"a.txt": b"packed"}), "a.txt\n\npacked"),
        ".unheard": (b"of", "of"),
    }  # fmt: skip
    confined = msgspec.structs.replace(LIMITS, confined=True)  # what a loader imports may open no file either
    with batch(tmp_path, *(content for content, _ in samples.values()), limits=confined) as (parser, files):
        for file, (suffix, (_, text)) in zip(files, samples.items(), strict=True):
            assert parser.parse(file, suffix).text.strip() == text, suffix


def test_hidden_characters_never_arrive(tmp_path):
    with batch(tmp_path, "har\u200bbour \u202eevil".encode()) as (parser, [file]):
        assert parser.parse(file, ".txt").text == "harbour evil"


@pytest.mark.parametrize(
    ("content", "suffix", "reason"),
    [
        (b"", ".txt", "empty"),
        (b" \n\t\n", ".txt", "no_words"),
        (documents.pdf(""), ".pdf", "no_words"),
        (b"", ".pdf", "empty"),
    ],
)
def test_no_text_says_why(tmp_path, content, suffix, reason):
    with batch(tmp_path, content) as (parser, [file]):
        assert refusal(parser, file, suffix) == (FileState.NO_TEXT, reason)


def test_more_text_than_the_limit_is_too_large(tmp_path):
    html = b"<p>" + b"word " * 400_000
    with batch(tmp_path, html, text_limit=1_000_000) as (parser, [file]):
        assert refusal(parser, file, ".html") == (FileState.TOO_LARGE, "text_limit")


def test_the_limit_counts_bytes(tmp_path):
    with batch(tmp_path, "語".encode() * 400, text_limit=1000) as (parser, [file]):
        assert refusal(parser, file, ".txt") == (FileState.TOO_LARGE, "text_limit")


def test_a_file_that_takes_too_long_is_named_and_the_rest_goes_on(tmp_path):
    long = b"<p>word</p>" * 3_000_000
    with batch(tmp_path, b"first", long, b"last", wall_s=1.0) as (parser, [first, slow, last]):
        assert parser.parse(first, ".txt").text == "first"
        assert refusal(parser, slow, ".html") == (FileState.UNREADABLE, "too_slow")
        assert parser.parse(last, ".txt").text == "last"


def test_a_file_that_needs_too_much_memory_is_named_and_the_rest_goes_on(tmp_path):
    limits = msgspec.structs.replace(LIMITS, address_space=400 << 20)
    many = b"<p>word</p>" * 2_000_000
    with batch(tmp_path, many, b"last", limits=limits) as (parser, [large, last]):
        state, reason = refusal(parser, large, ".html")
        assert state is FileState.UNREADABLE
        assert reason in {"memory", "crashed", "broken"}
        assert parser.parse(last, ".txt").text == "last"


def test_a_file_that_kills_its_worker_is_named_and_the_rest_goes_on(tmp_path):
    limits = msgspec.structs.replace(LIMITS, cpu_seconds=1)
    with batch(tmp_path, b"first", b"<p>word</p>" * 3_000_000, b"last", limits=limits) as (
        parser,
        [first, heavy, last],
    ):
        assert parser.parse(first, ".txt").text == "first"
        assert refusal(parser, heavy, ".html")[0] is FileState.UNREADABLE
        assert parser.parse(last, ".txt").text == "last"


def test_the_worker_opens_no_more_files_and_writes_none(tmp_path):
    assert LIMITS.file_size == 0
    assert LIMITS.address_space is not None
    assert LIMITS.address_space <= 1 << 30


def test_a_descriptor_it_was_not_given_is_unreadable(tmp_path):
    with batch(tmp_path, b"text") as (parser, _):
        assert refusal(parser, 90, ".txt") == (FileState.UNREADABLE, "read_error")


def test_cancelling_ends_a_parse(tmp_path):
    control = Control()
    with batch(tmp_path, b"<p>word</p>" * 3_000_000) as (parser, [file]):
        threading.Timer(0.3, control.cancel).start()
        with pytest.raises(Interrupted):
            parser.parse(file, ".html", control)
