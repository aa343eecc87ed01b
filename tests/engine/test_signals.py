"""What is done with answers of a real profile, with the real model: kept where it may be, forgotten with the rest."""

import contextlib
import threading

import pytest

from engine.assistant import Assistant
from engine.chat.values import Answered, AskOptions
from engine.errors import InputRefused
from engine.store.values import WithPassphrase
from tests import decrypted
from tests.journeys import owner

pytestmark = pytest.mark.model
SHORT = AskOptions(temperature=0.0, max_tokens=12)
UNLOCK = WithPassphrase(owner.PASSPHRASE)


@pytest.fixture(scope="module")
def profile(tmp_path_factory, models_folder):
    folder = tmp_path_factory.mktemp("signals")
    owner.write_documents(folder / "documents")
    made, _ = Assistant.create(folder / "profile", UNLOCK, models=models_folder)
    with contextlib.closing(made):
        made.library.add([folder / "documents"])
        yield made


@pytest.fixture
def assistant(profile):
    profile.learning.turn_on()
    yield profile
    profile.forget(everything=True)
    profile.learning.turn_off()


def ask(partner, question, thread_id=None):
    *_, last = partner.chat.ask(question, thread_id=thread_id, options=SHORT)
    assert isinstance(last, Answered)
    return last.turn


def kept(assistant):
    return {(row.kind, row.turn_id) for row in assistant.learning.capture.signals()}


def test_what_the_next_question_tells_is_kept_of_the_answer_before_it(assistant):
    first = ask(assistant, "When does the train to Vienna leave?")
    again = ask(assistant, "When does the train leave for Vienna?", first.thread_id)
    other = ask(assistant, "No, that's not right.", first.thread_id)
    last = ask(assistant, "Write a short poem about snow.", first.thread_id)
    for turn in (first, again, other, last, last):
        assistant.heed(turn.id)
    assert kept(assistant) == {("asked_again", first.id), ("complaint", again.id)}
    [base] = assistant.learning.status().signals
    assert (base.adapter, base.asked_again, base.complaints) == (None, 1, 1)
    assert base.answers >= 4


def test_with_learning_off_or_in_a_chat_kept_out_nothing_is(assistant):
    first = ask(assistant, "When does the train to Vienna leave?")
    second = ask(assistant, "That's wrong.", first.thread_id)
    assistant.learning.set_learns_from(first.thread_id, False)
    assistant.heed(second.id)
    assistant.note(first.id, "copied")
    assistant.learning.set_learns_from(first.thread_id, True)
    assistant.learning.turn_off()
    assistant.heed(second.id)
    assistant.note(first.id, "copied")
    assert kept(assistant) == set()


def test_an_answer_on_a_folder_kept_out_leaves_no_sign(assistant):
    [root] = assistant.library.roots()
    turn = ask(assistant, owner.QUESTION)
    assert turn.route.documents
    assistant.library.let_teach(root.path, False)
    try:
        assistant.note(turn.id, "citation_opened")
        assert kept(assistant) == set()
    finally:
        assistant.library.let_teach(root.path, True)
    assistant.note(turn.id, "citation_opened")
    assert kept(assistant) == {("citation_opened", turn.id)}
    assistant.forget(folder=root.path)
    assert kept(assistant) == set()


def test_an_incognito_chat_knows_no_signs_and_leaves_none(assistant):
    with contextlib.closing(assistant.incognito()) as private:
        first = ask(private, "When does the train to Vienna leave?")
        second = ask(private, "That's wrong.", first.thread_id)
        for work in (lambda: assistant.note(first.id, "copied"), lambda: assistant.heed(second.id)):
            with pytest.raises(InputRefused, match="turn_absent"):
                work()
    assert assistant.learning.capture.feedback(everything=True) == []


def test_a_forgotten_chats_signs_are_in_no_file(assistant):
    first = ask(assistant, "When does the train to Vienna leave?")
    ask(assistant, "That's wrong.", first.thread_id)
    assistant.note(first.id, "copied")
    [row] = assistant.learning.capture.signals()
    assistant._backups.take(assistant._owner)

    def holding():
        assistant._owner.checkpoint()
        pages = decrypted.whole(assistant.paths.root, UNLOCK)
        return {name for name, content in pages.items() if row.id.encode() in content}

    assert len(holding()) > 1, "the search can find: in the database and in a backup"
    assert assistant.what_depends(thread_id=first.thread_id).items == 1
    assert assistant.forget(thread_id=first.thread_id).items == 1
    assert holding() == set()


def test_forgetting_a_sign_leaves_what_was_said_of_the_answer(assistant):
    turn = ask(assistant, "When does the train to Vienna leave?")
    assistant.rate(turn.id, "up")
    assistant.correct(turn.id, "At 20:42.")
    assistant.note(turn.id, "copied")
    [row] = assistant.learning.capture.signals()
    assistant.forget(feedback_id=row.id)
    after = assistant.chat.turn(turn.id)
    assert (after.rating, after.answer) == ("up", "At 20:42.")
    assert kept(assistant) == set()
    assert len(assistant.learning.capture.feedback(turn_id=turn.id)) == 2


def test_two_windows_on_one_answer_keep_it_once(assistant):
    turn = ask(assistant, "When does the train to Vienna leave?")
    at_once = [threading.Thread(target=assistant.note, args=(turn.id, "copied")) for _ in range(8)]
    for thread in at_once:
        thread.start()
    for thread in at_once:
        thread.join()
    assert len(assistant.learning.capture.signals()) == 1
