"""The steps of the opening window: a new profile, its recovery code, ready, unlocking, and files that are gone."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.style import icons
from app.widgets.buttons import button
from app.widgets.labels import ElidedLabel, label
from engine.models.values import ModelDescription
from engine.store.values import (
    NewLock,
    ProfileFound,
    ProfileState,
    WithKeyFile,
    WithKeyring,
    WithPassphrase,
    WithRecoveryCode,
)
from engine.words import say

_INDENT = 28


class Step(QWidget):
    """A title, words, a middle that subclasses fill, and a row of buttons. `left` asks who else has a profile here."""

    left = Signal()

    def __init__(self, name: str, icon: str = "hearthside") -> None:
        super().__init__()
        self.setObjectName(f"first_run.{name}")
        mark = QLabel()
        icons.put(mark, icon, "accent", 44)
        self.title = label(say(f"first_run.{name}_title"), "title")
        self.words = label(say(f"first_run.{name}_words"), "muted")
        self.middle = QVBoxLayout()
        self.middle.setSpacing(8)
        self.others = button(f"first_run.{name}_others", say("first_run.somebody_else"), self._leave, look="quiet")
        self.others.hide()
        self.foot = QHBoxLayout()
        self.foot.addWidget(self.others)
        self.foot.addStretch(1)
        self.column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(mark)
        column.addWidget(self.title)
        column.addWidget(self.words)
        column.addSpacing(6)
        column.addLayout(self.middle)
        column.addStretch(1)
        column.addLayout(self.foot)

    def _leave(self) -> None:
        for field in self.findChildren(QLineEdit):  # what was typed there is no matter of the next one's
            field.clear()
        self.left.emit()


class Working(Step):
    """Something takes a while."""

    def __init__(self) -> None:
        super().__init__("working")
        bar = QProgressBar(maximum=0)
        bar.setTextVisible(False)
        self.middle.addWidget(bar)


class LockChoice(Step):
    """What locks the profile from now on. `chosen` carries a NewLock."""

    chosen = Signal(object)

    def __init__(self, name: str, icon: str = "hearthside", key_file: Path | None = None) -> None:
        super().__init__(name, icon)
        self._key_file = key_file
        self.keyring = QRadioButton(say("first_run.lock_keyring"))
        self.keyring.setObjectName("first_run.keyring")
        self.passphrase = QRadioButton(say("first_run.lock_passphrase"))
        self.passphrase.setObjectName("first_run.passphrase")
        self.first = secret("first_run.passphrase_text", say("first_run.passphrase"))
        self.again = secret("first_run.passphrase_again", say("first_run.passphrase_again"))
        self.note = label(look="small", name="first_run.note")
        self.choose_button = button(
            f"first_run.{name}_choose", say(f"first_run.{name}_choose"), self._choose, look="primary"
        )
        if key_file is not None:
            self.middle.addWidget(label(say("first_run.lock_key_file", path=key_file)))
        else:
            self._add_locks()
        self.foot.addWidget(self.choose_button)
        self.keyring.setChecked(True)
        self._follow()

    def prefer_passphrase(self) -> None:
        """The keyring would not do."""
        self.passphrase.setChecked(True)
        self.first.setFocus()

    def _add_locks(self) -> None:
        self.middle.addWidget(self.keyring)
        self.middle.addWidget(_beneath(say("first_run.lock_keyring_help")))
        self.middle.addWidget(self.passphrase)
        self.middle.addWidget(_beneath(say("first_run.lock_passphrase_help")))
        for field in (self.first, self.again):
            self.middle.addWidget(field)
            field.textChanged.connect(self._follow)
            field.returnPressed.connect(self._choose)
        self.middle.addWidget(self.note)
        self.keyring.toggled.connect(self._follow)

    def _follow(self) -> None:
        asked = self.passphrase.isChecked() and self._key_file is None
        for field in (self.first, self.again):
            field.setVisible(asked)
        differ = bool(self.again.text()) and self.first.text() != self.again.text()
        self.note.setText(say("first_run.differ") if differ else "")
        self.note.setVisible(differ)
        self.choose_button.setEnabled(not asked or (bool(self.first.text()) and self.first.text() == self.again.text()))

    def _choose(self) -> None:
        if not self.choose_button.isEnabled():
            return
        lock: NewLock = WithPassphrase(self.first.text()) if self.passphrase.isChecked() else WithKeyring()
        if self._key_file is not None:
            lock = WithKeyFile(self._key_file)
        self.first.clear()
        self.again.clear()
        self.chosen.emit(lock)


class NewProfile(LockChoice):
    """Where the profile will live, and what locks it."""

    def __init__(self, profile: Path, key_file: Path | None) -> None:
        super().__init__("new", key_file=key_file)
        self.middle.insertWidget(0, ElidedLabel(str(profile), "strong"))
        self.middle.insertSpacing(1, 6)


class NewPerson(LockChoice):
    """What locks the profile of one more person; its folder gets a name when it is made.

    A passphrase is proposed: who shares this computer may share its login too, and with that the keyring.
    """

    def __init__(self) -> None:
        super().__init__("person", "person")
        self.passphrase.setChecked(True)

    def show_person(self, name: str) -> None:
        self.title.setText(say("first_run.person_title_for", name=name))


class NewLockStep(LockChoice):
    """Opened by the recovery code: what locks it is lost, and can be replaced. `later` when not now."""

    later = Signal()

    def __init__(self) -> None:
        super().__init__("relock", "lock")
        self.foot.insertWidget(2, button("first_run.later", say("first_run.later"), self.later.emit))


class RecoveryCode(Step):
    """The recovery code, shown this once. `kept` when the owner says it is written down."""

    kept = Signal()

    def __init__(self) -> None:
        super().__init__("recovery", "lock")
        self.code = label(look="recovery", name="first_run.code")
        self.code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.code.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.copy = button("first_run.copy_code", say("window.copy"), self._copy, icon="copy")
        self.written = QCheckBox(say("first_run.written_down"))
        self.written.setObjectName("first_run.written_down")
        self.go_on = button("first_run.continue", say("first_run.continue"), self._go_on, look="primary")
        self.go_on.setEnabled(False)
        self.written.toggled.connect(self.go_on.setEnabled)
        self.middle.addWidget(self.code)
        self.middle.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignRight)
        self.middle.addWidget(self.written)
        self.foot.addWidget(self.go_on)

    def show_code(self, code: str) -> None:
        self.code.setText(code)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.code.text())

    def _go_on(self) -> None:
        self.code.clear()
        self.kept.emit()


class ReadyStep(Step):
    """The model is there. `picked` carries the page to begin on."""

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__("ready", "check")
        self.models = label(name="first_run.models")
        self.middle.addWidget(self.models)
        self.foot.addWidget(
            button("first_run.add_folder", say("first_run.add_folder"), lambda: self.picked.emit("library"))
        )
        self.foot.addWidget(
            button("first_run.start", say("first_run.start"), lambda: self.picked.emit("chat"), look="primary")
        )

    def show_models(self, models: Sequence[ModelDescription]) -> None:
        lines = [say("first_run.model", title=model.title, licence=model.licence) for model in models]
        self.models.setText("\n".join(lines) or say("first_run.no_model"))


class Unlocking(Step):
    """Asks for what opens the profile. `chosen` carries an Unlock."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__("unlock", "lock")
        self.passphrase = secret("unlock.passphrase", say("first_run.passphrase"))
        self.code = secret("unlock.code", say("first_run.recovery_code"))
        self.code.setEchoMode(QLineEdit.EchoMode.Normal)
        self.keyring = button("unlock.keyring", say("first_run.try_keyring"), lambda: self.chosen.emit(WithKeyring()))
        self.use_code = button("unlock.use_code", say("first_run.use_code"), self._ask_code, look="quiet")
        self.open = button("unlock.open", say("first_run.open"), self._choose, look="primary")
        for field in (self.passphrase, self.code):
            field.textChanged.connect(self._follow)
            field.returnPressed.connect(self._choose)
            self.middle.addWidget(field)
        self.middle.addWidget(self.use_code, 0, Qt.AlignmentFlag.AlignLeft)
        self.foot.addWidget(self.keyring)
        self.foot.addWidget(self.open)

    def show_locks(self, locks: Sequence[str]) -> None:
        """Offer what can open this profile; the recovery code always can."""
        has_passphrase = "passphrase" in locks
        self.keyring.setVisible("keyring" in locks)
        self.passphrase.setVisible(has_passphrase)
        self.code.setVisible(not has_passphrase)
        self.use_code.setVisible(has_passphrase)
        self._follow()
        self.setFocusProxy(self.passphrase if has_passphrase else self.code)

    def show_person(self, name: str) -> None:
        """Say whose it is, where there are others."""
        self.title.setText(say("first_run.unlock_title_for", name=name))

    def _ask_code(self) -> None:
        self.code.show()
        self.use_code.hide()
        self.code.setFocus()

    def _follow(self) -> None:
        self.open.setEnabled(bool(self.passphrase.text() or self.code.text().strip()))

    def _choose(self) -> None:
        if self.code.text().strip():
            self.chosen.emit(WithRecoveryCode(self.code.text().strip()))
        elif self.passphrase.text():
            self.chosen.emit(WithPassphrase(self.passphrase.text()))
        self.passphrase.clear()


class FilesGone(Step):
    """A profile of which a part is missing: says which, and what is left to go back to.

    `fresh` begins anew; `restore` carries the newest backup.
    """

    fresh = Signal()
    restore = Signal(object)

    def __init__(self) -> None:
        super().__init__("gone", "warning")
        self.found = label(name="first_run.found")
        self.start_anew: QPushButton = button("first_run.fresh", say("first_run.fresh"), self.fresh.emit)
        self.middle.addWidget(self.found)
        self.bring_back = button("first_run.restore", say("first_run.restore"), self._restore, look="primary")
        self._backups: list[Path] = []
        self.foot.addWidget(self.start_anew)
        self.foot.addWidget(self.bring_back)

    def show_found(self, found: ProfileFound, profile: Path) -> None:
        what = "files_gone" if found.state is ProfileState.FILES_GONE else "keys_gone"
        words = say(f"first_run.{what}", path=profile)
        self._backups = sorted(found.backups, reverse=True)
        back = say("first_run.backup", path=self._backups[0]) if self._backups else say("first_run.no_backup")
        self.found.setText(f"{words}\n\n{back}")
        self.bring_back.setVisible(bool(self._backups))
        self.start_anew.setVisible(found.state is ProfileState.FILES_GONE)

    def _restore(self) -> None:
        if self._backups:
            self.restore.emit(self._backups[0])


class Stuck(Step):
    """The profile is there and its key fits, and still it does not open; the banner below says why."""

    again = Signal()

    def __init__(self) -> None:
        super().__init__("stuck", "warning")
        self.foot.addWidget(button("first_run.again", say("first_run.again"), self.again.emit, look="primary"))


def _beneath(words: str) -> QLabel:
    made = label(words, "small")
    made.setIndent(_INDENT)
    return made


def secret(name: str, words: str) -> QLineEdit:
    field = QLineEdit()
    field.setObjectName(name)
    field.setPlaceholderText(words)
    field.setAccessibleName(words)
    field.setEchoMode(QLineEdit.EchoMode.Password)
    return field
