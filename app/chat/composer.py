"""Where a question is written: grows with its text, sends on Enter, and becomes the stop button of a running answer."""

from PySide6.QtCore import QEvent, QMimeData, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from app.chat.scope_bar import ScopeBar
from app.style import icons
from app.widgets.buttons import button, tool
from app.widgets.flow_layout import FlowLayout
from app.widgets.labels import label
from engine.chat.values import AskOptions
from engine.words import say

_MOST_LINES = 9


class Composer(QFrame):
    """`sent` carries the question; `stopped` asks to end the running answer; `learn_wanted` is about this chat;
    `scope_wanted` asks for the choice of what to search in; `paused` to stand still, or go on."""

    sent = Signal(str)
    stopped = Signal()
    learn_wanted = Signal(bool)
    scope_wanted = Signal()
    paused = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "composer")
        self._answering = False
        self.question = _Question(self)
        self.question.entered.connect(self._act)
        self.question.textChanged.connect(self._follow)
        self.question.focused.connect(self._show_focus)
        self._toggles = {name: self._toggle(name) for name in ("documents", "memory", "adapter")}
        self._learn = self._toggle("learn")
        self._learn.clicked.connect(self.learn_wanted)
        self._learn.hide()
        self.scope = ScopeBar()
        self.search_in = button(
            "chat.search_in",
            say("chat_page.scope_button"),
            self.scope_wanted.emit,
            look="scope",
        )
        icons.put(self.search_in, "search", "muted", 14)
        self.search_in.setToolTip(say("chat_page.scope_button_tip"))
        for part in (self.scope, self.search_in):
            self._toggles["documents"].toggled.connect(part.setEnabled)
        self._pause = tool("chat.pause", "pause", say("chat_page.pause"), self._toggle_pause, checkable=True)
        self._pause.hide()
        self._send = tool("chat.send", "send", say("chat_page.send"), self._act, look="send", role="on_accent")
        below = QHBoxLayout()
        below.setSpacing(6)
        toggles = FlowLayout()
        toggles.addWidget(self.search_in)
        for toggle in (*self._toggles.values(), self._learn):
            toggles.addWidget(toggle)
        below.addLayout(toggles, 1)
        below.addWidget(label(say("chat_page.enter_sends"), "small", wrap=False))
        below.addWidget(self._pause)
        below.addWidget(self._send)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 10, 8)
        column.setSpacing(4)
        column.addWidget(self.scope)
        column.addWidget(self.question)
        column.addLayout(below)
        self._follow()

    @property
    def options(self) -> AskOptions:
        """What the toggles and the chips say this turn may draw on."""
        on = {name: toggle.isChecked() for name, toggle in self._toggles.items()}
        return AskOptions(documents=on["documents"], memory=on["memory"], adapter=on["adapter"], scope=self.scope.scope)

    def set_answering(self, answering: bool) -> None:
        self._answering = answering
        self._pause.setChecked(False)
        self._show_pause()
        self._pause.hide()
        words = say("chat_page.stop" if answering else "chat_page.send")
        self._send.setObjectName("chat.stop" if answering else "chat.send")
        self._send.setToolTip(words)
        self._send.setAccessibleName(words)
        icons.put(self._send, "stop" if answering else "send", "on_accent", 18)
        self._follow()

    def let_pause(self) -> None:
        """The running answer takes its time: it may be told to stand still."""
        self._pause.show()

    def show_learning(self, learns: bool | None) -> None:
        """Whether this chat is learned from; None where learning is off and nothing is."""
        self._learn.setVisible(learns is not None)
        self._learn.setChecked(bool(learns))

    def give_back(self, question: str) -> None:
        """Put a question that was not answered back, unless the owner already writes another."""
        if not self.question.toPlainText().strip():
            self.question.setPlainText(question)
            self.question.moveCursor(self.question.textCursor().MoveOperation.End)

    def _act(self) -> None:
        if self._answering:
            self.stopped.emit()
            return
        text = self.question.toPlainText().strip()
        if text:
            self.question.clear()
            self.sent.emit(text)

    def _toggle_pause(self) -> None:
        self._show_pause()
        self.paused.emit(self._pause.isChecked())

    def _show_pause(self) -> None:
        paused = self._pause.isChecked()
        icons.put(self._pause, "resume" if paused else "pause", "muted", 18)
        words = say("chat_page.resume" if paused else "chat_page.pause")
        self._pause.setToolTip(words)
        self._pause.setAccessibleName(words)

    def _follow(self) -> None:
        self._send.setEnabled(self._answering or not self.question.document().isEmpty())

    def _show_focus(self, focused: bool) -> None:
        self.setProperty("focused", focused)
        self.style().unpolish(self)
        self.style().polish(self)

    def _toggle(self, name: str) -> QToolButton:
        made = QToolButton()
        made.setObjectName(f"chat.use_{name}")
        made.setProperty("look", "toggle")
        made.setText(say(f"chat_page.use_{name}"))
        made.setToolTip(say(f"chat_page.use_{name}_tip"))
        made.setCheckable(True)
        made.setChecked(True)
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return made


class _Question(QPlainTextEdit):
    entered = Signal()
    focused = Signal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("chat.question")
        self.setProperty("look", "bare")
        self.setPlaceholderText(say("chat_page.placeholder"))
        self.setAccessibleName(say("chat_page.placeholder"))
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(2)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self._grow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.entered.emit()
            return
        super().keyPressEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Text only: a dropped picture or file would be of no use here."""
        if source.hasText():
            self.insertPlainText(source.text())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focused.emit(False)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._grow()

    def _grow(self) -> None:
        lines = min(max(int(self.document().documentLayout().documentSize().height()), 1), _MOST_LINES)
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 8)
