"""An incognito chat leaves nothing behind, for one who has the key and knows what to look for."""

import contextlib

import apsw
import pytest

from engine.assistant import Assistant
from engine.chat.values import Answered, AskOptions
from engine.errors import InputRefused
from engine.store.values import WithPassphrase
from tests import decrypted
from tests.journeys import owner

pytestmark = [pytest.mark.journey, pytest.mark.model]
UNLOCK = WithPassphrase(owner.PASSPHRASE)
WORD = "zwetschgenknoedel"
QUESTION = f"How long are the {WORD} cooked?"


@pytest.fixture
def profile(tmp_path, models_folder):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "kitchen.txt").write_text("Dumplings are cooked for twelve minutes.", encoding="utf-8")
    assistant, _ = Assistant.create(tmp_path / "profile", UNLOCK, models=models_folder)
    with contextlib.closing(assistant):
        assistant.learning.turn_on()
        assistant.library.add([tmp_path / "notes"])
        assistant.memory.prefer("Be brief.")
    return tmp_path / "profile"


def rows(root):
    """All rows of all plain tables of the profile's databases."""
    found = {}
    for name, content in decrypted.whole(root, UNLOCK).items():
        if name.endswith(".db"):
            with contextlib.closing(apsw.Connection(":memory:")) as connection:
                connection.deserialize("main", content[:18] + b"\1\1" + content[20:])  # as if without a log
                tables = connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
                ).fetchall()
                for (table,) in tables:
                    found[name, table] = connection.execute(f'SELECT * FROM "{table}"').fetchall()
    return found


def ask(chat, question=QUESTION, **more):
    return done(chat.ask(question, options=AskOptions(max_tokens=4), **more))


def done(events):
    [turn] = [event.turn for event in events if isinstance(event, Answered)]
    return turn


def talk(assistant, chat):
    """Everything that can be done in a chat."""
    turn = ask(chat)
    assert turn.route.documents
    assert turn.route.memory
    assert assistant.rate(turn.id, "up", f"Because of the {WORD}.")[0].rating == "up"
    assert assistant.correct(turn.id, f"The {WORD} are cooked for twelve minutes.").corrected
    again = done(chat.regenerate(turn.id, options=AskOptions(max_tokens=4)))
    assert assistant.prefer(again.id).id == again.id
    ask(chat, f"And without {WORD}?", thread_id=turn.thread_id)
    chat.rename(turn.thread_id, f"Of {WORD}")
    return turn


def test_nothing_of_it_is_left_and_an_ordinary_chat_would_be_found(profile, models_folder):
    before = rows(profile)
    with contextlib.closing(Assistant.open(profile, UNLOCK, models=models_folder)) as assistant:
        chat = assistant.begin_incognito()
        turn = talk(assistant, chat)
        assert [thread.title for thread in chat.threads("zwetschgen")] == [f"Of {WORD}"]
        assert assistant.chat.threads() == []
        assert assistant.learning.feedback(everything=True) == []
        assert [entry.text for entry in assistant.memory.entries()] == ["Be brief."]
        assistant.end_incognito(chat)
        with pytest.raises(InputRefused, match="turn_absent"):
            assistant.chat.turn(turn.id)
        talk(assistant, assistant.begin_incognito())  # and one that ends with the program
        assistant.back_up()
    assert {name for name, content in decrypted.whole(profile, UNLOCK).items() if WORD.encode() in content} == set()
    after = {place: found for place, found in rows(profile).items() if not place[0].startswith("backups/")}
    assert after == before
    with contextlib.closing(Assistant.open(profile, UNLOCK, models=models_folder)) as assistant:
        talk(assistant, assistant.chat)
    assert "owner.db" in {
        name for name, content in decrypted.whole(profile, UNLOCK).items() if WORD.encode() in content
    }
