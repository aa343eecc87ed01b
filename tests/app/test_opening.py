"""First run and unlocking, with the engine's door replaced: what is asked, what is said, what is never shown."""

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from app.application import Application, _options, _wanted
from app.failures import catch_all
from app.shell.opening import Opening
from app.tasks import Tasks
from engine.errors import Busy, HearthsideError, InputRefused, KeyProblem
from engine.handover import HandedOver, Index, Offer, Show, Verb, hand_over
from engine.store.values import (
    ProfileFound,
    ProfileState,
    WithKeyFile,
    WithKeyring,
    WithPassphrase,
    WithRecoveryCode,
)
from tests.fakes.door import CODE, Door

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def begin(qtbot: QtBot, theme: object, tasks: Tasks, door: Door, tmp_path: Path) -> Callable[..., Opening]:
    def make(key_file: Path | None = None) -> Opening:
        opening = Opening(tmp_path / "profile", key_file, tasks)
        qtbot.addWidget(opening)
        opening.opened.connect(lambda *given: door.given.append(("opened", given[1])))
        opening.begin()
        return opening

    return make


def part(opening: Opening, name: str) -> QWidget:
    (found,) = [widget for widget in opening.findChildren(QWidget, name) if widget.isVisible()]
    return found


def step(qtbot: QtBot, opening: Opening, name: str) -> None:
    qtbot.waitUntil(lambda: opening._steps.currentWidget().objectName() == f"first_run.{name}" and opening.isVisible())


def test_first_run_with_the_keyring_shows_the_code_once(
    qtbot: QtBot, begin: Callable[..., Opening], door: Door
) -> None:
    opening = begin()
    step(qtbot, opening, "new")
    qtbot.mouseClick(part(opening, "first_run.new_choose"), LEFT)
    step(qtbot, opening, "recovery")
    assert part(opening, "first_run.code").text() == CODE
    assert not part(opening, "first_run.continue").isEnabled(), "only after it is written down"
    qtbot.mouseClick(part(opening, "first_run.copy_code"), LEFT)
    assert QGuiApplication.clipboard().text() == CODE
    part(opening, "first_run.written_down").setChecked(True)
    qtbot.mouseClick(part(opening, "first_run.continue"), LEFT)
    step(qtbot, opening, "ready")
    assert opening.recovery.code.text() == ""
    assert "SmolLM2" in part(opening, "first_run.models").text()
    qtbot.mouseClick(part(opening, "first_run.start"), LEFT)
    assert door.given == [("create", WithKeyring()), ("opened", "chat")]


def test_a_passphrase_must_be_typed_twice_alike(qtbot: QtBot, begin: Callable[..., Opening], door: Door) -> None:
    opening = begin()
    step(qtbot, opening, "new")
    part(opening, "first_run.passphrase").setChecked(True)
    create = part(opening, "first_run.new_choose")
    assert not create.isEnabled()
    qtbot.keyClicks(part(opening, "first_run.passphrase_text"), "four random words")
    qtbot.keyClicks(part(opening, "first_run.passphrase_again"), "four random word")
    assert not create.isEnabled()
    assert part(opening, "first_run.note").text()
    qtbot.keyClicks(part(opening, "first_run.passphrase_again"), "s")
    qtbot.mouseClick(create, LEFT)
    step(qtbot, opening, "recovery")
    assert door.given == [("create", WithPassphrase("four random words"))]
    assert not opening.new_profile.first.text(), "it does not stay in the field"


def test_without_a_keyring_the_passphrase_is_offered(qtbot: QtBot, begin: Callable[..., Opening], door: Door) -> None:
    door.refuse = [KeyProblem("key_wrong")]
    opening = begin()
    step(qtbot, opening, "new")
    qtbot.mouseClick(part(opening, "first_run.new_choose"), LEFT)
    qtbot.waitUntil(opening.error.isVisible)
    assert part(opening, "first_run.passphrase").isChecked()


def test_a_keyring_profile_opens_without_a_question(qtbot: QtBot, begin: Callable[..., Opening], door: Door) -> None:
    door.found = ProfileFound(ProfileState.READY, ["keyring"], [])
    begin()
    qtbot.waitUntil(lambda: ("opened", "chat") in door.given)
    assert door.given[0] == ("open", WithKeyring())


def test_a_key_file_opens_without_a_question(qtbot: QtBot, begin: Callable[..., Opening], door: Door) -> None:
    door.found = ProfileFound(ProfileState.READY, ["key_file"], [])
    begin(Path("/key"))
    qtbot.waitUntil(lambda: ("opened", "chat") in door.given)
    assert door.given[0] == ("open", WithKeyFile(Path("/key")))


def test_a_wrong_passphrase_is_explained_and_may_be_tried_again(
    qtbot: QtBot, begin: Callable[..., Opening], door: Door
) -> None:
    door.found = ProfileFound(ProfileState.READY, ["passphrase"], [])
    door.refuse = [KeyProblem("key_wrong")]
    opening = begin()
    step(qtbot, opening, "unlock")
    qtbot.keyClicks(part(opening, "unlock.passphrase"), "wrong")
    qtbot.keyClick(part(opening, "unlock.passphrase"), Qt.Key.Key_Return)
    qtbot.waitUntil(opening.error.isVisible)
    qtbot.keyClicks(part(opening, "unlock.passphrase"), "right")
    qtbot.mouseClick(part(opening, "unlock.open"), LEFT)
    qtbot.waitUntil(lambda: ("opened", "chat") in door.given)
    assert door.given[:2] == [("open", WithPassphrase("wrong")), ("open", WithPassphrase("right"))]


def test_a_locked_keyring_can_be_tried_again_or_the_code_used(
    qtbot: QtBot, begin: Callable[..., Opening], door: Door
) -> None:
    door.found = ProfileFound(ProfileState.READY, ["keyring"], [])
    door.refuse = [KeyProblem("key_wrong"), KeyProblem("key_wrong")]
    opening = begin()
    step(qtbot, opening, "unlock")
    qtbot.mouseClick(part(opening, "unlock.keyring"), LEFT)
    qtbot.waitUntil(lambda: len(door.given) == 2)
    step(qtbot, opening, "unlock")
    qtbot.keyClicks(part(opening, "unlock.code"), f" {CODE} ")
    qtbot.mouseClick(part(opening, "unlock.open"), LEFT)
    step(qtbot, opening, "relock")
    assert door.given[2] == ("open", WithRecoveryCode(CODE))
    qtbot.mouseClick(part(opening, "first_run.later"), LEFT)
    qtbot.waitUntil(lambda: ("opened", "chat") in door.given)
    assert door.relocked == []


def test_who_came_by_the_recovery_code_can_choose_a_new_lock(
    qtbot: QtBot, begin: Callable[..., Opening], door: Door
) -> None:
    door.found = ProfileFound(ProfileState.READY, ["passphrase"], [])
    opening = begin()
    step(qtbot, opening, "unlock")
    qtbot.mouseClick(part(opening, "unlock.use_code"), LEFT)
    qtbot.keyClicks(part(opening, "unlock.code"), CODE)
    qtbot.keyClick(part(opening, "unlock.code"), Qt.Key.Key_Return)
    step(qtbot, opening, "relock")
    door.refuse = [KeyProblem("keyring_absent")]
    qtbot.mouseClick(part(opening, "first_run.relock_choose"), LEFT)
    qtbot.waitUntil(opening.error.isVisible)
    for field in ("first_run.passphrase_text", "first_run.passphrase_again"):
        qtbot.keyClicks(part(opening, field), "new words")
    qtbot.mouseClick(part(opening, "first_run.relock_choose"), LEFT)
    qtbot.waitUntil(lambda: ("opened", "chat") in door.given)
    lock = WithPassphrase("new words")
    assert door.relocked == [(WithRecoveryCode(CODE), WithKeyring()), (WithRecoveryCode(CODE), lock)]


def test_a_profile_in_use_is_busy_not_wrong(qtbot: QtBot, begin: Callable[..., Opening], door: Door) -> None:
    door.found = ProfileFound(ProfileState.READY, ["keyring"], [])
    door.refuse = [Busy("profile_busy")]
    opening = begin()
    with qtbot.waitSignal(opening.busy):
        pass
    assert not opening.isVisible()


def test_what_is_no_matter_of_keys_can_be_tried_again(qtbot: QtBot, begin: Callable[..., Opening], door: Door) -> None:
    door.found = ProfileFound(ProfileState.READY, ["keyring"], [])
    door.refuse = [InputRefused("question_empty")]
    opening = begin()
    step(qtbot, opening, "stuck")
    assert opening.error.isVisible()
    qtbot.mouseClick(part(opening, "first_run.again"), LEFT)
    qtbot.waitUntil(lambda: ("opened", "chat") in door.given)


def test_gone_files_offer_the_newest_backup(
    qtbot: QtBot, begin: Callable[..., Opening], door: Door, tmp_path: Path
) -> None:
    backups = [tmp_path / "2026-01-01", tmp_path / "2026-02-01"]
    door.found = ProfileFound(ProfileState.FILES_GONE, ["passphrase"], backups)
    opening = begin()
    step(qtbot, opening, "gone")
    assert str(backups[1]) in part(opening, "first_run.found").text()
    qtbot.mouseClick(part(opening, "first_run.restore"), LEFT)
    qtbot.keyClicks(part(opening, "unlock.passphrase"), "right")
    qtbot.mouseClick(part(opening, "unlock.open"), LEFT)
    qtbot.waitUntil(lambda: ("opened", "chat") in door.given)
    assert door.given[0] == ("restore", WithPassphrase("right"), backups[1])


def test_gone_files_without_a_backup_offer_a_new_start(qtbot: QtBot, begin: Callable[..., Opening], door: Door) -> None:
    door.found = ProfileFound(ProfileState.FILES_GONE, ["keyring"], [])
    opening = begin()
    step(qtbot, opening, "gone")
    qtbot.mouseClick(part(opening, "first_run.fresh"), LEFT)
    qtbot.mouseClick(part(opening, "first_run.new_choose"), LEFT)
    step(qtbot, opening, "recovery")
    assert door.given == [("fresh", WithKeyring())]


@pytest.fixture
def running(  # noqa: PLR0917 - fixtures
    hooks: None, qtbot: QtBot, qapp: QApplication, door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Application]:
    """A whole run over a keyring profile, its socket in a folder short enough for one."""
    with tempfile.TemporaryDirectory(prefix="hs") as short:
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)
        door.found = ProfileFound(ProfileState.READY, ["keyring"], [])
        application = Application(qapp, tmp_path, None)
        application.start()
        qtbot.waitUntil(lambda: application.window is not None and application.window.isVisible())
        yield application
        application._end()
        application.window.deleteLater()
        application.opening.deleteLater()


def test_a_second_start_raises_the_window_and_hands_over_paths(
    qtbot: QtBot, running: Application, tmp_path: Path
) -> None:
    running.window.hide()
    handed: list[bool] = []
    for request in (Show(), Index(["/home/ada/Handed"])):
        threading.Thread(target=lambda request=request: handed.append(hand_over(tmp_path, request))).start()
    qtbot.waitUntil(lambda: handed == [True, True] and running.window.isVisible())
    assistant = running._assistant
    qtbot.waitUntil(lambda: assistant.library.root_paths == ["/home/ada/Handed"] and not running.tasks.jobs)


def test_a_second_start_from_the_file_managers_menu_asks_in_the_window(
    qtbot: QtBot, running: Application, tmp_path: Path
) -> None:
    name = os.fsencode("/home/ada/") + b"caf\xe9.txt"  # no UTF-8, as old disks have them
    threading.Thread(target=hand_over, args=(tmp_path, Offer(Verb.INDEX, [name]))).start()
    qtbot.waitUntil(lambda: running.window.findChild(QDialog, "sheet") is not None)
    assert running._assistant.library.root_paths == []


def test_a_start_from_the_file_managers_menu_asks_once_the_profile_is_open(
    qtbot: QtBot, running: Application, qapp: QApplication, tmp_path: Path, door: Door
) -> None:
    wanted = Offer(Verb.INDEX, [os.fsencode(tmp_path)])
    begun = Application(qapp, tmp_path / "another", None, wanted=wanted)
    begun.start()
    qtbot.waitUntil(lambda: begun.window is not None and begun.window.findChild(QDialog, "sheet") is not None)
    begun._end()
    for window in (begun.window, begun.opening):
        window.deleteLater()


def test_a_start_from_the_menu_that_finds_the_profile_taken_hands_over_what_it_was_asked(
    qtbot: QtBot, running: Application, qapp: QApplication, tmp_path: Path, door: Door
) -> None:
    door.refuse.append(Busy("profile_busy", path=str(tmp_path)))
    late = Application(qapp, tmp_path, None, wanted=Offer(Verb.INDEX, [b"/home/ada/Late"]))
    with pytest.MonkeyPatch.context() as patched:
        told: list[HandedOver] = []
        patched.setattr("app.application.hand_over", lambda _profile, request: told.append(request) or True)
        late.start()
        qtbot.waitUntil(lambda: told == [Offer(Verb.INDEX, [b"/home/ada/Late"])])
    late.opening.deleteLater()


@pytest.mark.parametrize("verb", Verb)
def test_the_menus_arguments_are_understood(verb: Verb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    options = _options([f"--{verb}", "a b", "/c"])
    assert _wanted(options) == Offer(verb, [os.fsencode(tmp_path / "a b"), b"/c"])
    assert _wanted(_options([])) is None


def test_the_assistant_is_closed_after_its_work(qtbot: QtBot, running: Application) -> None:
    assistant = running._assistant
    qtbot.waitUntil(lambda: ("back_up",) in assistant.calls)
    running.window.close()
    assert assistant.closed


def test_an_exception_in_the_window_ends_in_its_banner(qtbot: QtBot, running: Application) -> None:
    sys.excepthook(ValueError, ValueError("x"), None)
    qtbot.waitUntil(running.window.error.isVisible)


def test_an_exception_nobody_caught_is_presented_without_its_text(
    hooks: None, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[HearthsideError] = []
    catch_all(shown.append)
    sys.excepthook(ValueError, ValueError("the owner's words"), None)
    assert [(error.code, error.fields) for error in shown] == [("unexpected", {"kind": "ValueError"})]
    assert "owner's words" not in "".join(capsys.readouterr())
