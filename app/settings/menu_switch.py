"""The one switch that puts Hearthside into the file manager's menu, and takes it out again."""

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from app.tasks import Tasks
from app.widgets.banner import ErrorBanner
from app.widgets.labels import label
from engine.errors import HearthsideError
from engine.file_menu import menu
from engine.file_menu.values import MenuStatus
from engine.words import say


class MenuSwitch(QWidget):
    """Acts at once, for it belongs to the machine's owner and not to the profile; says how each file manager stands."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self.error = ErrorBanner()
        self._box = QCheckBox(say("file_menu.switch"))
        self._box.setObjectName("settings.file_menu")
        self._box.setEnabled(False)
        self._box.clicked.connect(self._act)
        self._state = label(look="small", name="settings.file_menu_state")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self._box, label(say("file_menu.switch_help"), "small"), self._state, self.error):
            column.addWidget(part)
        tasks.run(menu.status, self._show, self._fail, owner=self)

    def _act(self, wanted: bool) -> None:
        self._box.setEnabled(False)
        self.error.hide()
        self._tasks.run(menu.install if wanted else menu.remove, self._show, self._fail, owner=self)

    def _show(self, status: MenuStatus) -> None:
        self._box.setChecked(status.installed)
        self._box.setEnabled(any(one.state != "absent" for one in status.managers))
        self._state.setText("\n".join(menu.told(status)))

    def _fail(self, error: HearthsideError) -> None:
        self.error.show_error(error)
        self._tasks.run(menu.status, self._show, owner=self)
