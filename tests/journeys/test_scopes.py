"""A collection is made in the window, asked of, and asked for all there is in it: real files, database, model, Qt."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import contextlib

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.chat.scope_popup import ScopePopup
from app.shell.main_window import MainWindow
from app.style.theme import Theme
from app.tasks import Tasks
from engine.assistant import Assistant
from engine.store.values import WithPassphrase
from tests.journeys import owner

pytestmark = [pytest.mark.journey, pytest.mark.model]
LEFT = Qt.MouseButton.LeftButton
SECONDS = 120_000


@pytest.fixture
def documents(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    owner.write_documents(tmp_path / "documents")
    repairs = tmp_path / "repairs"
    repairs.mkdir()
    for name, text in {
        "kern": "Invoice of Kern Plumbing: the boiler was repaired on 3 March for 310 euros.",
        "weber": "Invoice of Weber Roofing: the gutter was repaired on 9 May for 1,150 euros.",
        "lang": "Invoice of Lang Electric: the fuse box was repaired on 2 June for 890 euros.",
    }.items():
        (repairs / f"{name}.txt").write_text(text)
    return tmp_path


@pytest.fixture
def assistant(documents, models_folder):
    made, _ = Assistant.create(documents / "profile", WithPassphrase(owner.PASSPHRASE), models=models_folder)
    with contextlib.closing(made):
        made.library.add([documents / "documents", documents / "repairs"])
        yield made


@pytest.fixture
def window(qtbot, qapp, assistant):
    tasks = Tasks()
    made = MainWindow(assistant, tasks, Theme(qapp))
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    yield made
    tasks.close(lambda: None)


def find(qtbot, name, below=None):
    def seen():
        among = QApplication.allWidgets() if below is None else below.findChildren(QWidget)
        return [widget for widget in among if widget.objectName() == name and widget.isVisible()]

    qtbot.waitUntil(lambda: len(seen()) == 1, timeout=SECONDS)
    return seen()[0]


def make_collection(qtbot, name, place):
    qtbot.mouseClick(find(qtbot, "library.new_collection"), LEFT)
    dialog = find(qtbot, "collection")
    qtbot.keyClicks(find(qtbot, "collection.name"), name)
    qtbot.mouseClick(find(qtbot, "collection.add"), LEFT)
    menu = find(qtbot, "collection.menu")
    [action] = [one for one in menu.actions() if one.text() == str(place)]
    action.trigger()
    menu.close()
    with qtbot.waitSignal(dialog.accepted, timeout=SECONDS):
        qtbot.mouseClick(find(qtbot, "collection.save"), LEFT)


def choose(qtbot, text):
    qtbot.mouseClick(find(qtbot, "chat.search_in"), LEFT)
    popup = find(qtbot, "scope.popup")
    assert isinstance(popup, ScopePopup)
    qtbot.waitUntil(lambda: popup.list.count() > 0, timeout=SECONDS)
    qtbot.keyClicks(popup.search, text)
    with qtbot.waitSignal(popup.picked, timeout=SECONDS):
        qtbot.keyClick(popup.search, Qt.Key.Key_Return)


def ask(qtbot, window, question):
    qtbot.keyClicks(find(qtbot, "chat.question"), question)
    qtbot.keyClick(find(qtbot, "chat.question"), Qt.Key.Key_Return)

    def answered():
        views = window.chat.turns.views
        return bool(views) and views[-1].question == question and views[-1].turn is not None

    qtbot.waitUntil(lambda: answered() and window.chat._live is None, timeout=SECONDS)
    return window.chat.turns.views[-1].turn


def names(turn):
    return sorted(citation.path.rsplit("/", 1)[-1] for citation in turn.citations)


def test_a_collection_is_made_and_asked_of(qtbot, window, assistant, documents):
    window.show_page("library")
    make_collection(qtbot, "Repairs", documents / "repairs")
    [made] = assistant.library.collections.all()
    assert (made.name, made.files) == ("Repairs", 3)

    window.show_page("chat")
    choose(qtbot, "repairs")
    turn = ask(qtbot, window, "Who repaired the boiler?")
    assert "Searched only: Repairs." in turn.route.reason
    assert turn.scope.collections == (made.id,)
    told = assistant.chat.sources(turn.id)
    assert {assistant.library.passage(one).path for one in told} <= {
        str(documents / "repairs" / f"{name}.txt") for name in ("kern", "weber", "lang")
    }
    assert told

    everything = ask(qtbot, window, "List all invoices and what was repaired.")
    assert names(everything) == ["kern.txt", "lang.txt", "weber.txt"]
    assert "files 3 of 3" in everything.route.reason
    counted = ask(qtbot, window, "How many invoices are there?")
    assert "**3** of 3" in counted.answer

    thread = window.chat.thread_id
    window.new_chat()
    assert not window.chat.composer.scope.scope
    window.chat.open_thread(thread)
    qtbot.waitUntil(lambda: window.chat.composer.scope.scope.collections == (made.id,), timeout=SECONDS)
    qtbot.mouseClick(find(qtbot, f"scope.collection.{made.id}"), LEFT)
    turn = ask(qtbot, window, "When was the quince tree planted?")
    assert not turn.scope
    assert turn.route.documents
