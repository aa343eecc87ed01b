"""Several people at one window: who is asked, how one goes over to another, and that nothing of the first is left."""

import gc
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QClipboard, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QApplication, QDialog, QLabel, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.application import Application
from app.shell.opening import Opening
from app.shell.shortcuts import WINDOW
from app.tasks import Tasks
from engine import profiles
from engine.errors import Busy, KeyProblem
from engine.handover import Listener, Show, hand_over
from engine.paths import ProfilePaths
from engine.store import keys
from engine.store.values import ProfileFound, ProfileState, WithKeyring, WithPassphrase
from tests.fakes.assistant import FakeAssistant
from tests.fakes.door import CODE, Door

LEFT = Qt.MouseButton.LeftButton
SECRET = "Quimblethorpe"
TEXTS = ("text", "toPlainText", "windowTitle", "toolTip", "accessibleName", "accessibleDescription", "placeholderText")
ROLES = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
BY_KEYRING = ProfileFound(ProfileState.READY, ["keyring"], [])
BY_PASSPHRASE = ProfileFound(ProfileState.READY, ["passphrase"], [])


@pytest.fixture
def people(door: Door) -> dict[str, Path]:
    """Two of them, Ada by the keyring and Bob by a passphrase; the files are real, what opens them is not."""
    made = {}
    for name, found in (("Ada", BY_KEYRING), ("Bob", BY_PASSPHRASE)):
        with profiles.claimed(name) as root:
            keys.create(ProfilePaths(root), WithPassphrase("correct horse"))
        ProfilePaths(root).owner_db.touch()
        door.found_at[root] = found
        made[name] = root
    return made


@pytest.fixture
def start(
    hooks: None, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Application]]:
    """Start the program with a profile; its socket lies in a folder short enough for one."""
    started: list[Application] = []
    with tempfile.TemporaryDirectory(prefix="hs") as short:
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)

        def begin(profile: Path, *, may_choose: bool = False) -> Application:
            started.append(Application(qapp, profile, None, may_choose=may_choose))
            started[0].start()
            return started[0]

        yield begin
        for application in started:
            application._end()
            for window in (application.window, application.opening):
                if window is not None:
                    window.deleteLater()
            application.deleteLater()


def shown(qtbot: QtBot, application: Application, profile: Path) -> None:
    """Wait for the window of `profile`."""

    def is_there() -> bool:
        window = application.window
        return window is not None and window.isVisible() and application.opening.profile == profile

    qtbot.waitUntil(is_there)


def step(qtbot: QtBot, application: Application, name: str) -> Opening:
    def is_there() -> bool:
        opening = application.opening
        return opening.isVisible() and opening._steps.currentWidget().objectName() == f"first_run.{name}"

    qtbot.waitUntil(is_there)
    return application.opening


def part(below: QWidget, name: str) -> QWidget:
    (found,) = [widget for widget in below.findChildren(QWidget, name) if widget.isVisible()]
    return found


def menu(qtbot: QtBot, application: Application) -> QMenu:
    """The menu of the profiles, opened by its key."""
    window = application.window
    window.activateWindow()
    sequence = QKeySequence(WINDOW["profiles"])[0]
    qtbot.keyClick(window, sequence.key(), sequence.keyboardModifiers())
    qtbot.waitUntil(lambda: any(made.isVisible() for made in window.findChildren(QMenu, "profiles.menu")))
    return next(made for made in window.findChildren(QMenu, "profiles.menu") if made.isVisible())


def choose(qtbot: QtBot, application: Application, words: str) -> None:
    opened = menu(qtbot, application)
    (action,) = [action for action in opened.actions() if action.text() == words]
    opened.close()
    action.trigger()


def unlock(qtbot: QtBot, opening: Opening) -> None:
    qtbot.keyClicks(part(opening, "unlock.passphrase"), "correct horse")
    qtbot.keyClick(part(opening, "unlock.passphrase"), Qt.Key.Key_Return)


def test_the_one_who_was_here_last_is_not_asked_when_the_keyring_opens(
    qtbot: QtBot, start: Callable[..., Application], people: dict[str, Path]
) -> None:
    application = start(people["Ada"], may_choose=True)
    shown(qtbot, application, people["Ada"])
    assert not application.opening.who.isVisible()
    qtbot.waitUntil(lambda: profiles.last_used() == people["Ada"])


def test_who_is_there_is_asked_where_the_last_one_is_locked(
    qtbot: QtBot, start: Callable[..., Application], people: dict[str, Path], door: Door
) -> None:
    profiles.note_use(people["Bob"])
    (people["Ada"].parent / "foreign").mkdir()
    application = start(people["Bob"], may_choose=True)
    opening = step(qtbot, application, "who")
    rows = [opening.who.people.item(row).text() for row in range(opening.who.people.count())]
    assert [row.split("\n")[0] for row in rows] == ["Bob", "Ada", "foreign"]
    assert "last used" in rows[0]
    assert "never used" in rows[1]
    assert not opening.who.people.item(2).flags() & Qt.ItemFlag.ItemIsEnabled
    qtbot.keyClick(opening.who.people, Qt.Key.Key_Down)
    qtbot.keyClick(opening.who.people, Qt.Key.Key_Return)
    shown(qtbot, application, people["Ada"])
    assert door.given == [("open", WithKeyring())]


def test_a_profile_that_was_named_is_opened_without_asking_who(
    qtbot: QtBot, start: Callable[..., Application], people: dict[str, Path]
) -> None:
    opening = step(qtbot, start(people["Bob"]), "unlock")
    assert "Bob" in opening.unlocking.title.text()


def test_one_alone_is_never_asked_who(
    qtbot: QtBot, start: Callable[..., Application], people: dict[str, Path], door: Door
) -> None:
    ProfilePaths(people["Ada"]).keys.unlink()
    ProfilePaths(people["Ada"]).owner_db.unlink()
    opening = step(qtbot, start(people["Bob"], may_choose=True), "unlock")
    assert "Bob" not in opening.unlocking.title.text()
    assert not opening.unlocking.others.isVisible()


def test_somebody_else_may_unlock_theirs_and_finds_nothing_typed(
    qtbot: QtBot, start: Callable[..., Application], people: dict[str, Path]
) -> None:
    application = start(people["Bob"])
    opening = step(qtbot, application, "unlock")
    qtbot.keyClicks(part(opening, "unlock.passphrase"), "half of a passphr")
    qtbot.mouseClick(part(opening, "first_run.unlock_others"), LEFT)
    step(qtbot, application, "who")
    assert [field.text() for field in opening.findChildren(QLineEdit)] == [""] * len(opening.findChildren(QLineEdit))
    qtbot.mouseClick(part(opening, "who.open"), LEFT)  # the first of them
    shown(qtbot, application, people["Ada"])


def test_a_keyring_that_does_not_answer_lets_somebody_else_in(
    qtbot: QtBot, start: Callable[..., Application], people: dict[str, Path], door: Door
) -> None:
    door.refuse = [KeyProblem("keyring_locked")]
    opening = step(qtbot, start(people["Ada"], may_choose=True), "unlock")
    assert opening.error.isVisible()
    assert opening.unlocking.others.isVisible()


@pytest.fixture
def at_ada(qtbot: QtBot, start: Callable[..., Application], people: dict[str, Path]) -> Application:
    application = start(people["Ada"])
    shown(qtbot, application, people["Ada"])
    return application


def fill(qtbot: QtBot, application: Application, assistant: FakeAssistant) -> None:
    """Her words on every page, in a field, a dialog, a notice and the clipboard."""
    window = application.window
    assistant.chat.script = f"Dear {SECRET}.\n\n```\n{SECRET}\n```\n"
    assistant.memory.prefer(f"Call me {SECRET}")
    assistant.library.root_paths.append(f"/home/{SECRET}")
    assistant.learning.enabled = True
    for page in ("library", "learning", "memory", "privacy", "chat"):
        window.show_page(page)
    window.chat.ask(f"Who is {SECRET}?")
    qtbot.waitUntil(lambda: not application.tasks.jobs and SECRET in everything_told())
    window.chat.composer.question.setPlainText(f"And what of {SECRET}?")
    window.sidebar.search.setText(SECRET)
    window.undo.offer(f"“{SECRET}” was deleted.", lambda: None)
    QGuiApplication.clipboard().setText(SECRET)


def everything_told() -> str:
    """What every widget and every model in the program says, shown or not."""
    told = []
    for widget in QApplication.allWidgets():
        told += [str(getattr(widget, name)()) for name in TEXTS if hasattr(widget, name)]
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            told += rows(widget.model())
    return "\n".join(told)


def rows(model: QAbstractItemModel) -> list[str]:
    top = QModelIndex()
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(top)  # a list keeps its own to itself
    places = [model.index(row, column) for row in range(model.rowCount(top)) for column in range(columns)]
    return [str(model.data(place, role)) for place in places for role in ROLES]


def test_nothing_of_the_first_is_left_after_a_switch(
    qtbot: QtBot,
    at_ada: Application,
    people: dict[str, Path],
    door: Door,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(QClipboard, "ownsClipboard", lambda _self: True)  # the offscreen platform cannot tell
    fill(qtbot, at_ada, door.opened[0])
    leaving = [weakref.ref(one) for one in (at_ada.window, at_ada.window.chat, at_ada.tasks, at_ada.opening)]
    choose(qtbot, at_ada, "Bob")
    opening = step(qtbot, at_ada, "unlock")
    assert SECRET not in everything_told(), "before the next one is there"
    assert QGuiApplication.clipboard().text() == ""
    assert door.opened[0].closed
    unlock(qtbot, opening)
    shown(qtbot, at_ada, people["Bob"])
    for page in ("library", "learning", "memory", "privacy", "chat"):
        at_ada.window.show_page(page)
    qtbot.waitUntil(lambda: not at_ada.tasks.jobs and ("back_up",) in door.opened[1].calls)
    assert SECRET not in everything_told()
    assert [one for one in leaving if one() is not None] == []
    kept = weakref.ref(door.opened.pop(0))
    gc.collect()  # the fake refers to itself
    assert kept() is None, "nothing in the program holds on to what was hers"


def test_what_others_copied_stays(qtbot: QtBot, at_ada: Application) -> None:
    QGuiApplication.clipboard().setText("from elsewhere")  # which the offscreen platform takes for others'
    choose(qtbot, at_ada, "Bob")
    step(qtbot, at_ada, "unlock")
    assert QGuiApplication.clipboard().text() == "from elsewhere"


def test_one_goes_over_and_comes_back(qtbot: QtBot, at_ada: Application, people: dict[str, Path], door: Door) -> None:
    at_ada.window.resize(780, 600)
    choose(qtbot, at_ada, "Bob")
    unlock(qtbot, step(qtbot, at_ada, "unlock"))
    shown(qtbot, at_ada, people["Bob"])
    assert at_ada.window.size().toTuple() == (780, 600), "it stands where the other one stood"
    assert at_ada.window.sidebar.profile is not None
    qtbot.waitUntil(lambda: at_ada.window.sidebar.profile.text() == "Bob")
    qtbot.waitUntil(lambda: profiles.last_used() == people["Bob"])
    handed: list[bool] = []
    for root in people.values():
        threading.Thread(target=lambda root=root: handed.append(hand_over(root, Show()))).start()
    qtbot.waitUntil(lambda: sorted(handed) == [False, True])
    choose(qtbot, at_ada, "Ada")
    shown(qtbot, at_ada, people["Ada"])
    assert [one.closed for one in door.opened] == [True, True, False]


def test_running_work_is_asked_about_and_stopped(
    qtbot: QtBot, at_ada: Application, people: dict[str, Path], door: Door
) -> None:
    hers = door.opened[0]
    hers.learning.enabled = True
    hers.learning.add_examples(20)
    hers.learning.gate_event.clear()
    at_ada.window.pages.learning.train()
    choose(qtbot, at_ada, "Bob")
    qtbot.waitUntil(lambda: bool(at_ada.window.findChildren(QDialog, "confirm")))
    (asked,) = at_ada.window.findChildren(QDialog, "confirm")
    qtbot.mouseClick(part(asked, "confirm.cancel"), LEFT)
    assert at_ada.tasks.jobs
    assert not hers.closed
    control = at_ada.tasks.jobs[0].control
    at_ada.window.switch(people["Bob"])
    asked = next(made for made in at_ada.window.findChildren(QDialog, "confirm") if made.isVisible())
    qtbot.mouseClick(part(asked, "confirm.accept"), LEFT)
    step(qtbot, at_ada, "unlock")
    assert control.cancelled
    assert hers.closed


def test_an_incognito_chat_ends_with_the_switch(qtbot: QtBot, at_ada: Application, door: Door) -> None:
    at_ada.window.new_incognito()
    choose(qtbot, at_ada, "Bob")
    step(qtbot, at_ada, "unlock")
    assert [private.closed.is_set() for private in door.opened[0].incognitos] == [True]


def test_a_profile_another_window_has_is_shown_there(
    qtbot: QtBot, at_ada: Application, people: dict[str, Path], door: Door
) -> None:
    asked: list[object] = []
    elsewhere = Listener(people["Bob"], asked.append)
    try:
        choose(qtbot, at_ada, "Bob")
        qtbot.waitUntil(lambda: asked == [Show()])
        assert at_ada.window.isVisible()
        assert not door.opened[0].closed
    finally:
        elsewhere.close()


def test_one_more_person_gets_a_profile(qtbot: QtBot, at_ada: Application, people: dict[str, Path], door: Door) -> None:
    choose(qtbot, at_ada, "New profile…")
    asked = at_ada.window.findChild(QDialog, "profile_name")
    qtbot.keyClicks(part(asked, "profile_name.name"), "bob")
    qtbot.keyClick(part(asked, "profile_name.name"), Qt.Key.Key_Return)
    qtbot.waitUntil(asked.error.isVisible)
    assert not door.opened[0].closed, "a name that is taken closes nothing"
    part(asked, "profile_name.name").setText("Zoë & Co")
    qtbot.mouseClick(part(asked, "profile_name.accept"), LEFT)
    opening = step(qtbot, at_ada, "person")
    assert "Zoë & Co" in opening.new_person.title.text()
    assert door.opened[0].closed
    assert len(profiles.listed()) == 2, "nothing is made before it is locked"
    assert part(opening, "first_run.passphrase").isChecked(), "who shares the login shares the keyring"
    for field in ("first_run.passphrase_text", "first_run.passphrase_again"):
        qtbot.keyClicks(part(opening, field), "purple umbrella")
    qtbot.mouseClick(part(opening, "first_run.person_choose"), LEFT)
    step(qtbot, at_ada, "recovery")
    assert part(opening, "first_run.code").text() == CODE
    part(opening, "first_run.written_down").setChecked(True)
    qtbot.mouseClick(part(opening, "first_run.continue"), LEFT)
    step(qtbot, at_ada, "ready")
    qtbot.mouseClick(part(opening, "first_run.start"), LEFT)
    root = people["Ada"].parent / "zoe-co"
    shown(qtbot, at_ada, root)
    assert door.given[-1] == ("create", WithPassphrase("purple umbrella"))
    assert profiles.name_of(root) == "Zoë & Co"
    qtbot.waitUntil(lambda: at_ada.window.sidebar.profile.text() == "Zoë && Co")


def test_who_makes_none_after_all_goes_back(qtbot: QtBot, at_ada: Application, people: dict[str, Path]) -> None:
    at_ada.window.switch("Zoë")
    opening = step(qtbot, at_ada, "person")
    qtbot.mouseClick(part(opening, "first_run.person_others"), LEFT)
    step(qtbot, at_ada, "who")
    qtbot.keyClick(opening.who.people, Qt.Key.Key_Return)
    shown(qtbot, at_ada, people["Ada"])
    assert len(profiles.listed()) == 2


def test_a_profile_is_renamed_in_its_menu(qtbot: QtBot, at_ada: Application, people: dict[str, Path]) -> None:
    qtbot.waitUntil(lambda: at_ada.window.sidebar.profile.text() == "Ada")
    choose(qtbot, at_ada, "Rename this profile…")
    asked = at_ada.window.findChild(QDialog, "profile_name")
    part(asked, "profile_name.name").setText("Ada King")
    qtbot.mouseClick(part(asked, "profile_name.accept"), LEFT)
    qtbot.waitUntil(lambda: at_ada.window.sidebar.profile.text() == "Ada King")
    assert profiles.name_of(people["Ada"]) == "Ada King"


def test_a_profile_is_erased_from_the_privacy_page_once_its_name_is_typed(
    qtbot: QtBot, at_ada: Application, people: dict[str, Path], door: Door
) -> None:
    window = at_ada.window
    window.show_page("privacy")
    part(window, "privacy.erase").setFocus()
    qtbot.keyClick(part(window, "privacy.erase"), Qt.Key.Key_Space)
    asked = window.findChild(QDialog, "profile_name")
    assert str(people["Ada"]) in "".join(one.text() for one in asked.findChildren(QLabel)), "which, and where"
    assert not part(asked, "profile_name.accept").isEnabled()
    qtbot.keyClicks(part(asked, "profile_name.name"), "Bob")
    qtbot.keyClick(part(asked, "profile_name.name"), Qt.Key.Key_Return)
    qtbot.waitUntil(asked.error.isVisible)
    assert not door.opened[0].closed, "another name erases nothing"
    part(asked, "profile_name.name").setText("ada")
    qtbot.keyClick(part(asked, "profile_name.name"), Qt.Key.Key_Return)
    opening = step(qtbot, at_ada, "who")
    assert ("erase", people["Ada"]) in door.given
    assert door.opened[0].closed
    assert [opening.who.people.item(row).text().split("\n")[0] for row in range(opening.who.people.count())] == ["Bob"]
    qtbot.keyClick(opening.who.people, Qt.Key.Key_Return)
    unlock(qtbot, step(qtbot, at_ada, "unlock"))
    shown(qtbot, at_ada, people["Bob"])


def test_after_the_last_profile_was_erased_it_begins_as_the_first_time(
    qtbot: QtBot, at_ada: Application, people: dict[str, Path]
) -> None:
    shutil.rmtree(people["Bob"])
    choose(qtbot, at_ada, "Erase this profile…")
    asked = at_ada.window.findChild(QDialog, "profile_name")
    qtbot.keyClicks(part(asked, "profile_name.name"), "Ada")
    qtbot.mouseClick(part(asked, "profile_name.accept"), LEFT)
    step(qtbot, at_ada, "new")
    assert not people["Ada"].exists()


def test_a_profile_that_cannot_be_erased_is_told_of_and_still_there(
    qtbot: QtBot, at_ada: Application, people: dict[str, Path], door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(at_ada, "_present", lambda error: told.append(error.code))
    door.refuse = [Busy("profile_busy", path="")]
    at_ada.window.erasing.emit()
    opening = step(qtbot, at_ada, "who")
    assert told == ["profile_busy"]
    assert opening.who.people.count() == 2


def test_a_profile_in_use_elsewhere_may_be_tried_again(
    qtbot: QtBot, start: Callable[..., Application], people: dict[str, Path], door: Door
) -> None:
    door.refuse = [Busy("profile_busy", path="")]
    application = start(people["Ada"])
    opening = step(qtbot, application, "stuck")
    assert opening.error.isVisible()
    qtbot.mouseClick(part(opening, "first_run.again"), LEFT)
    shown(qtbot, application, people["Ada"])


def test_lanes_come_to_rest_off_the_windows_thread(tasks: Tasks, qtbot: QtBot) -> None:
    other = Tasks()
    rested: list[str] = []
    other.run(lambda: None)
    other.stop()
    tasks.run(lambda: other.rest(lambda: rested.append(threading.current_thread().name)))
    qtbot.waitUntil(lambda: bool(rested))
    assert rested[0] != threading.main_thread().name
    other.deleteLater()
