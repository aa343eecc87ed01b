"""An incognito chat in a real profile, with the real model: it answers as any other, and no byte of any file knows."""

import contextlib
import hashlib

import msgspec
import pytest

from engine.assistant import Assistant
from engine.chat.values import Answered, AskOptions
from engine.errors import InputRefused
from engine.library.values import Scope
from engine.store.values import WithPassphrase
from tests import decrypted
from tests.journeys import owner

pytestmark = pytest.mark.model
KEPT = ("When was the quince tree planted?", "Zwetschgenknoedel", "Powidltascherl")
TOLD_NOBODY = (owner.QUESTION, "Quimblethorpe", "Snorkelwhistle")
PART = Scope(types=("md", "txt"))
SHORT = AskOptions(temperature=0.0, max_tokens=12)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Everything the program could write to without being told where: it shall be looked at whole."""
    for variable, folder in (("HOME", "home"), ("TMPDIR", "temporary"), ("XDG_CACHE_HOME", "cache")):
        (tmp_path / folder).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / folder))
    owner.write_documents(tmp_path / "documents")
    return tmp_path


@pytest.fixture
def assistant(home, models_folder):
    """With documents, a preference, learning on, and a chat that was judged: every worker has been at work."""
    made, _ = Assistant.create(home / "profile", WithPassphrase(owner.PASSPHRASE), models=models_folder)
    with contextlib.closing(made):
        made.library.add([home / "documents"])
        made.memory.prefer("Answer in one short sentence.")
        made.learning.turn_on()
        made.change_settings(msgspec.structs.replace(made.settings, try_retrieval=0.5))
        converse(made, *KEPT)
        yield made


def done(events):
    *_, last = events
    assert isinstance(last, Answered)
    return last.turn


def converse(partner, question, in_question, in_correction):
    """Ask, ask on in a part of the documents, ask again, and judge, with one word in the questions and another in what
    the owner wrote."""
    chat = partner.chat
    first = done(chat.ask(f"{question} {in_question} wants to know.", options=SHORT))
    chat.set_scope(first.thread_id, PART)
    second = done(chat.ask(f"And what would {in_question} do?", thread_id=first.thread_id, options=SHORT))
    again = done(chat.regenerate(second.id, options=SHORT))
    edited = done(chat.edit(first.id, f"{question} Does {in_question} know?", options=SHORT))
    partner.rate(first.id, "down")
    partner.correct(first.id, f"Nobody knows, says {in_correction}.")
    partner.prefer(again.id)
    return [chat.turn(turn.id) for turn in (first, second, again, edited)]


def fingerprints(folder):
    """Of every file's bytes, but for the readers' marks that SQLite keeps beside a log: they move with each read."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm")]
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows(assistant):
    """How many each table of both databases holds."""
    counted = {}
    for database in (assistant._owner, assistant.library._database):
        for (table,) in database.read("SELECT name FROM sqlite_master WHERE type = 'table'"):
            counted[database.path.name, table] = database.one(f'SELECT count(*) FROM "{table}"')
    return counted


def test_it_answers_as_any_chat_and_not_a_byte_is_written(assistant, home):
    before, counted = fingerprints(home), rows(assistant)
    assert counted["owner.db", "turn"] == (4,)
    cited = {chunk for (chunk,) in assistant.library._database.read("SELECT chunk FROM cited")}
    assert cited
    with contextlib.closing(assistant.incognito()) as private:
        first, second, again, edited = converse(private, *TOLD_NOBODY)
        assert first.route.memory
        assert [turn.scope for turn in (first, second, again, edited)] == [Scope(), PART, PART, Scope()]
        assert [turn.route.looked for turn in (first, second, again, edited)] == [None] * 4, "nothing is tried here"
        assert {part.source_id for part in private.chat._turns.parts(first.id) if part.kind == "passage"} - cited
        assert "blue valve" in private.chat.messages(first.id)[-1].content
        assert (first.rating, first.corrected) == ("down", True)
        assert TOLD_NOBODY[2] in first.answer
        assert again.sibling_ids == [second.id, again.id]
        assert edited.sibling_ids == [first.id, edited.id]
        assert [turn.id for turn in private.chat.turns(first.thread_id)] == [first.id, again.id]
    assert first.thread_id not in {thread.id for thread in assistant.chat.threads()}
    with pytest.raises(InputRefused):
        assistant.rate(first.id, "up")
    assert rows(assistant) == counted
    assert fingerprints(home) == before


def test_no_file_holds_a_word_of_it_once_all_is_closed(assistant, home):
    with contextlib.closing(assistant.incognito()) as private:
        converse(private, *TOLD_NOBODY)
    assistant.export(home / "exported")
    assistant.back_up()
    assistant.close()
    pages = decrypted.whole(home / "profile", WithPassphrase(owner.PASSPHRASE))
    assert {"owner.db", "library.db"} < pages.keys()
    assert any(name.startswith("backups/") for name in pages)
    files = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    everything = b"".join([*pages.values(), *files])
    assert all(word.encode() in pages["owner.db"] for word in KEPT[1:]), "the search finds what an ordinary chat left"
    assert all(word.encode() in b"".join(files) for word in KEPT[1:]), "in the export too"
    assert not any(word.encode() in everything for word in TOLD_NOBODY[1:])
