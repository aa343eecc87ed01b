"""The keyboard, declared once: what each key does, for the window that binds it and the page (F1) that lists it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.widgets.buttons import button
from app.widgets.labels import label
from engine.words import say

WINDOW = {
    "new_chat": "Ctrl+N",
    "new_incognito": "Ctrl+Shift+N",
    "find": "Ctrl+K",
    "chat": "Ctrl+1",
    "library": "Ctrl+2",
    "learning": "Ctrl+3",
    "memory": "Ctrl+4",
    "privacy": "Ctrl+5",
    "focus_question": "Ctrl+L",
    "search_in": "Ctrl+Shift+F",
    "stop": "Esc",
    "profiles": "Ctrl+Shift+P",
    "settings": "Ctrl+,",
    "shortcuts": "F1",
    "quit": "Ctrl+Q",
}
DRAFTS = {"draft_a": "Alt+1", "draft_b": "Alt+2", "draft_both": "Alt+3", "draft_neither": "Alt+4"}
VIEWER = {
    "preview": "Down",
    "find_in": "Ctrl+F",
    "zoom_in": "Ctrl++",
    "zoom_out": "Ctrl+-",
    "zoom_usual": "Ctrl+0",
    "page_back": "Ctrl+PgUp",
    "page_on": "Ctrl+PgDown",
    "copy": "Ctrl+C",
    "close_viewer": "Esc",
}
IN_PLACE = {"send": "Return", "newline": "Shift+Return", "save": "Ctrl+Return", "rename": "F2", "delete": "Del"}


def show_shortcuts(parent: QWidget) -> None:
    """The list of keys."""
    dialog = QDialog(parent)
    dialog.setObjectName("help_dialog")
    dialog.setWindowTitle(say("window.shortcuts"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    inside = QWidget()
    inside.setProperty("look", "page")
    grid = QGridLayout(inside)
    grid.setHorizontalSpacing(28)
    grid.setVerticalSpacing(8)
    grid.setColumnStretch(1, 1)
    for row, (name, key) in enumerate((WINDOW | DRAFTS | VIEWER | IN_PLACE).items()):
        shown = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
        grid.addWidget(label(shown, "pill", wrap=False), row, 0, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(label(say(f"window.key_{name}")), row, 1)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(inside)
    close = button("help_dialog.close", say("window.close"), dialog.accept, look="primary")
    foot = QHBoxLayout()
    foot.addStretch(1)
    foot.addWidget(close)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(24, 20, 24, 18)
    column.setSpacing(14)
    column.addWidget(label(say("window.shortcuts"), "heading"))
    column.addWidget(area, 1)
    column.addLayout(foot)
    dialog.resize(480, 560)
    close.setFocus()
    dialog.open()
