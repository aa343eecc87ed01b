"""The popup in which a limit is found by typing or by looking down the list."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.chat.scope_choices import Choice, Choices
from app.style import icons
from app.tasks import Tasks
from app.widgets.labels import label, plain_tip
from engine.words import say

_WIDTH, _HEIGHT, _GAP = 440, 360, 6
_TYPING_MS = 120
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_ENTERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ScopePopup(QFrame):
    """`picked` carries the ScopePart that was chosen; then it is gone, as it is on Escape and on a click elsewhere.
    `left` says so."""

    picked = Signal(object)
    left = Signal()

    def __init__(self, tasks: Tasks, load: Callable[[], Choices], parent: QWidget) -> None:
        """`load` is called on a lane."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("scope.popup")
        self.setProperty("look", "popup")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._tasks = tasks
        self._choices: Choices | None = None
        self.search = QLineEdit()
        self.search.setObjectName("scope.search")
        self.search.setPlaceholderText(say("chat_page.scope_search"))
        self.search.setAccessibleName(say("chat_page.scope_search"))
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setObjectName("scope.choices")
        self.list.setAccessibleName(say("chat_page.scope_choices"))
        self.list.setIconSize(QSize(18, 18))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys that move in it are pressed in the field above
        self.list.itemClicked.connect(self._pick)
        self._nothing = label(say("chat_page.scope_nothing"), "muted", name="scope.nothing")
        self._nothing.hide()
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self._match)
        self.search.textChanged.connect(lambda _text: self._typing.start())
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        for part in (self.search, self._nothing):
            column.addWidget(part)
        column.addWidget(self.list, 1)
        self.resize(_WIDTH, _HEIGHT)
        tasks.run(load, self._loaded, lane="looks", owner=self)

    def show_above(self, widget: QWidget) -> None:
        """Open it over `widget`, and have what is typed go to it."""
        self.move(widget.mapToGlobal(QPoint(0, -self.height() - _GAP)))
        self.show()
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _MOVES:
                self.list.event(event)
                return True
            if event.key() in _ENTERS:
                self._match_now()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close()
                return True
        return super().eventFilter(watched, event)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.left.emit()

    def _loaded(self, found: Choices) -> None:
        self._choices = found
        self._match()

    def _match(self, then: Callable[[], None] = lambda: None) -> None:
        found, text = self._choices, self.search.text()
        if found is None:
            return

        def show(fitting: Sequence[Choice]) -> None:
            self._show(fitting)
            then()

        self._tasks.run(lambda: found.matching(text), show, lane="looks", replaces="chat.scope_choices", owner=self)

    def _match_now(self) -> None:
        """Pick what is marked; but where more was typed since the list was made, the first that fits that."""
        if self._typing.isActive():
            self._typing.stop()
            self._match(lambda: self._pick(self.list.currentItem()))
        else:
            self._pick(self.list.currentItem())

    def _show(self, fitting: Sequence[Choice]) -> None:
        self.list.clear()
        for one in fitting:
            words = say("chat_page.scope_choice", words=one.part.words, more=one.more) if one.more else one.part.words
            item = QListWidgetItem(icons.icon(one.icon, "muted", 18), words)
            item.setToolTip(plain_tip(one.part.detail or words))
            item.setData(Qt.ItemDataRole.UserRole, one.part)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self._nothing.setVisible(not fitting)

    def _pick(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            part = item.data(Qt.ItemDataRole.UserRole)
            self.close()
            self.picked.emit(part)
