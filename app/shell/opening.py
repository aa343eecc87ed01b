"""From nothing to an open profile: find it or make it, unlock it, and explain whatever stands in the way."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.shell.name_dialog import NameDialog
from app.shell.opening_steps import (
    FilesGone,
    NewLockStep,
    NewPerson,
    NewProfile,
    ReadyStep,
    RecoveryCode,
    Step,
    Stuck,
    Unlocking,
    Working,
)
from app.shell.who import WhoStep
from app.tasks import Tasks
from app.widgets.banner import ErrorBanner
from engine import profiles
from engine.errors import Busy, HearthsideError, KeyProblem
from engine.models.values import ModelDescription
from engine.store.values import (
    NewLock,
    Profile,
    ProfileFound,
    ProfileState,
    Unlock,
    WithKeyFile,
    WithKeyring,
    WithRecoveryCode,
)
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant

_PATIENCE_MS = 400
T = TypeVar("T")


class Opening(QWidget):
    """`assistant` is the open profile, as soon as there is one, and `profile` its folder. `opened` carries it and the
    page to begin on; `left` when the owner closed it; `busy` when another process has the profile.

    With `may_choose`, who is there is asked where several people have a profile and this one asks for a passphrase. The
    key file is this profile's alone: another that is picked here opens without.
    """

    opened = Signal(object, str)
    left = Signal()
    busy = Signal(object)

    def __init__(self, profile: Path, key_file: Path | None, tasks: Tasks, *, may_choose: bool = False) -> None:
        super().__init__()
        self.setObjectName("opening")
        self.setProperty("look", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(say("window.name"))
        self.profile = profile
        self._key_file = key_file
        self._tasks = tasks
        self._may_choose = may_choose
        self._known: list[Profile] = []
        self._person = ""
        self._found = ProfileFound(ProfileState.ABSENT, [], [])
        self.assistant: Assistant | None = None
        self.error = ErrorBanner()
        self.working = Working()
        self.new_profile = NewProfile(profile, key_file)
        self.new_person = NewPerson()
        self.recovery = RecoveryCode()
        self.ready = ReadyStep()
        self.unlocking = Unlocking()
        self.new_lock = NewLockStep()
        self.gone = FilesGone()
        self.stuck = Stuck()
        self.who = WhoStep()
        self._asking: tuple[Step, ...] = (self.new_profile, self.new_person, self.unlocking, self.gone, self.stuck)
        self._fresh_start = False
        self._restoring: Path | None = None
        self._steps = QStackedWidget()
        begun: tuple[QWidget, ...] = (self.working, self.new_profile, self.recovery, self.ready)
        for step in (*begun, self.who, self.new_person, self.unlocking, self.new_lock, self.gone, self.stuck):
            self._steps.addWidget(step)
        column = QVBoxLayout(self)
        column.setContentsMargins(36, 30, 36, 26)
        column.setSpacing(12)
        column.addWidget(self._steps, 1)
        column.addWidget(self.error)
        self.resize(620, 560)
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self.show)
        self.new_profile.chosen.connect(self._create)
        self.new_person.chosen.connect(self._create)
        self.recovery.kept.connect(self._show_ready)
        self.ready.picked.connect(self._hand_out)
        self.unlocking.chosen.connect(self._open)
        self.new_lock.later.connect(lambda: self._hand_out("chat"))
        self.gone.fresh.connect(self._start_anew)
        self.gone.restore.connect(self._ask_restore)
        self.stuck.again.connect(self.begin)
        self.who.picked.connect(self._pick)
        self.who.wants_new.connect(self._ask_name)
        for leaving in self._asking:
            leaving.left.connect(self._ask_who)

    def begin(self) -> None:
        """Look for the profile, off the window's thread: the engine is imported there."""

        def find() -> tuple[ProfileFound, list[Profile]]:
            from engine.assistant import find_profile

            return find_profile(self.profile), profiles.listed()

        self._work(find, lambda both: self._on_found(*both))

    def begin_elsewhere(self) -> None:
        """Ask who is there; where nobody has a profile, begin as the first time."""
        self._work(profiles.listed, self._on_left)

    def begin_new(self, name: str) -> None:
        """Make a profile for one more person."""
        self._person = name
        self.new_person.show_person(name)
        self._work(profiles.listed, self._on_listed)

    def stand_still(self, error: HearthsideError) -> None:
        """Say what keeps the profile from opening; it may be tried again."""
        self._show(self.stuck)
        self.error.show_error(error)

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self.left.emit()

    def _on_found(self, found: ProfileFound, known: list[Profile]) -> None:
        self._found = found
        several = self._keep_known(known)
        asks = self._key_file is None and "keyring" not in found.locks
        if self._may_choose and several and asks:
            self._ask_who()
        else:
            self._enter()

    def _on_listed(self, known: list[Profile]) -> None:
        self._keep_known(known)
        self._show(self.new_person)

    def _on_left(self, known: list[Profile]) -> None:
        self._keep_known(known)
        if any(one.is_profile for one in known):
            self._ask_who()
        else:
            self.begin()

    def _keep_known(self, known: list[Profile]) -> bool:
        """Whether there is anybody else to offer; then every step that asks for something does."""
        self._known = known
        others = [one for one in known if one.is_profile and one.root != self.profile]
        offered = bool(others or self._person)
        for step in self._asking:
            step.others.setVisible(offered)
        if offered:
            self.unlocking.show_person(next((one.name for one in known if one.root == self.profile), self.profile.name))
        return offered

    def _ask_who(self) -> None:
        self.error.hide()
        self.who.show_people(self._known)
        self._show(self.who)

    def _pick(self, one: Profile) -> None:
        if one.root != self.profile:
            self.profile, self._key_file = one.root, None
        self._person, self._restoring, self._fresh_start, self._may_choose = "", None, False, False
        self.begin()

    def _ask_name(self) -> None:
        NameDialog("new", self, self._tasks, work=profiles.free_name, done=self.begin_new).open()

    def _enter(self) -> None:
        found = self._found
        if found.state is ProfileState.ABSENT:
            self._show(self.new_profile)
        elif found.state is not ProfileState.READY:
            self.gone.show_found(found, self.profile)
            self._show(self.gone)
        elif self._key_file is not None:
            self._open(WithKeyFile(self._key_file))
        elif "keyring" in found.locks:
            self._open(WithKeyring())
        else:
            self._ask_unlock()

    def _create(self, lock: NewLock) -> None:
        def create() -> "tuple[Path, Assistant, str]":
            from engine.assistant import Assistant

            with profiles.claimed(self._person) if self._person else contextlib.nullcontext(self.profile) as root:
                return root, *Assistant.create(root, lock, fresh_start=self._fresh_start)

        self._work(create, self._on_created, self._on_create_failed)

    def _on_created(self, made: "tuple[Path, Assistant, str]") -> None:
        self.profile, self.assistant, code = made
        self.recovery.show_code(code)
        self._show(self.recovery)

    def _on_create_failed(self, error: HearthsideError) -> None:
        step = self.new_person if self._person else self.new_profile
        if isinstance(error, KeyProblem):
            step.prefer_passphrase()
        self._show(step)
        self.error.show_error(error)

    def _show_ready(self) -> None:
        assistant = self.assistant
        if assistant is None:
            return
        self._work(assistant.models.listed, self._on_models)

    def _on_models(self, models: list[ModelDescription]) -> None:
        self.ready.show_models(models)
        self._show(self.ready)

    def _hand_out(self, page: str) -> None:
        if self.assistant is not None:
            self.opened.emit(self.assistant, page)

    def _open(self, how: Unlock) -> None:
        backup = self._restoring

        def open_profile() -> "Assistant":
            from engine.assistant import Assistant, restore_profile

            if backup is not None:
                restore_profile(self.profile, how, backup)
            return Assistant.open(self.profile, how)

        self._work(open_profile, lambda assistant: self._on_unlocked(assistant, how), self._on_open_failed)

    def _on_unlocked(self, assistant: "Assistant", how: Unlock) -> None:
        self.assistant = assistant
        if not isinstance(how, WithRecoveryCode):
            self._hand_out("chat")
            return
        self.new_lock.chosen.connect(lambda lock: self._relock(assistant, how, lock))
        self._show(self.new_lock)

    def _relock(self, assistant: "Assistant", how: Unlock, lock: NewLock) -> None:
        def failed(error: HearthsideError) -> None:
            self.new_lock.prefer_passphrase()
            self._show(self.new_lock)
            self.error.show_error(error)

        self._work(lambda: assistant.change_lock(how, lock), lambda _none: self._hand_out("chat"), failed)

    def _on_open_failed(self, error: HearthsideError) -> None:
        if isinstance(error, Busy):
            self.busy.emit(error)
        elif isinstance(error, KeyProblem):
            self._ask_unlock()
            self.error.show_error(error)
        else:
            self.stand_still(error)

    def _start_anew(self) -> None:
        self._fresh_start = True
        self._show(self.new_profile)

    def _ask_restore(self, backup: Path) -> None:
        self._restoring = backup
        self._ask_unlock()

    def _ask_unlock(self) -> None:
        self.unlocking.show_locks(self._found.locks)
        self._show(self.unlocking)

    def _work(
        self,
        work: Callable[[], T],
        done: Callable[[T], object],
        failed: Callable[[HearthsideError], None] | None = None,
    ) -> None:
        """Run `work`; what goes on is shown only if it takes a while."""
        self.error.hide()
        self._steps.setCurrentWidget(self.working)
        if not self.isVisible():
            self._patience.start()

        def finished(result: T) -> None:
            self._patience.stop()
            done(result)

        def broke(error: HearthsideError) -> None:
            self._patience.stop()
            (failed or self._on_open_failed)(error)

        self._tasks.run(work, finished, broke)

    def _show(self, step: QWidget) -> None:
        self._patience.stop()
        self._steps.setCurrentWidget(step)
        self.show()
        step.setFocus()
