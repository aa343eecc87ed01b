"""A chat on the real library: what a citation shows when its document changes or goes."""

import pytest

from engine.library import schema
from engine.library.library import Library
from engine.store.database import Database
from tests.fakes.embedder import HashingEmbedder

TEXT = "The summer theatre in the garden was open for 71 years."


@pytest.fixture
def documents(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "theatre.txt").write_text(TEXT, encoding="utf-8")
    return folder


@pytest.fixture
def library(room, tmp_path, key, clock, documents):
    with Database.open(tmp_path / "library.db", key, schema.MIGRATIONS, durable=False) as database:
        library = Library(database, HashingEmbedder(), text_limit_mb=1, clock=clock)
        library.add([documents])
        room.shelf = library
        room.reopen()
        yield library


def test_citations_live_and_die_with_their_documents(room, library, documents):
    room.says("For 71 years [1].")
    turn = room.ask("How long was the summer theatre open?")
    [citation] = turn.citations
    assert citation.text == TEXT
    assert citation.path == str(documents / "theatre.txt")

    (documents / "theatre.txt").write_text("Nothing was ever here.", encoding="utf-8")
    library.refresh()
    assert room.chat.turn(turn.id).citations == [citation]

    library.remove(documents)
    [gone] = room.chat.turn(turn.id).citations
    assert (gone.text, gone.path, gone.start, gone.end) == (None, None, citation.start, citation.end)
    assert room.chat.turn(turn.id).answer == "For 71 years [1]."
    assert all("71 years" not in message.content for message in room.chat.messages(turn.id))


def test_a_question_far_from_every_document_is_asked_without_them(room, library):
    turn = room.ask("Name a prime number, please!")
    assert not turn.route.documents
    assert room.chat.messages(turn.id)[-1].content == "Name a prime number, please!"
