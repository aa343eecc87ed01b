"""One dialog for every question that needs a yes; it never blocks the event loop."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.widgets.buttons import button
from app.widgets.labels import label
from engine.words import say


def confirm(
    parent: QWidget,
    *,
    title: str,
    message: str,
    accept: str,
    accepted: Callable[[], object],
    detail: str = "",
    danger: bool = False,
) -> QDialog:
    """Ask; on `accept`, call `accepted`. Escape and closing mean no. `detail` is shown verbatim, selectable."""
    dialog = QDialog(parent)
    dialog.setObjectName("confirm")
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setMinimumWidth(420)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(24, 22, 24, 18)
    column.setSpacing(10)
    column.addWidget(label(title, "heading"))
    column.addWidget(label(message))
    if detail:
        column.addWidget(_detail(detail))
    cancel = button("confirm.cancel", say("window.cancel"), dialog.reject)
    go = button("confirm.accept", accept, dialog.accept, look="danger" if danger else "primary")
    row = QHBoxLayout()
    row.setContentsMargins(0, 10, 0, 0)
    row.addStretch(1)
    row.addWidget(cancel)
    row.addWidget(go)
    column.addLayout(row)
    (cancel if danger else go).setFocus()
    (cancel if danger else go).setDefault(True)
    dialog.accepted.connect(lambda: accepted())  # noqa: PLW0108 - whatever it returns
    dialog.open()
    return dialog


def _detail(text: str) -> QPlainTextEdit:
    shown = QPlainTextEdit(text)
    shown.setObjectName("confirm.detail")
    shown.setReadOnly(True)
    shown.setProperty("look", "field")
    shown.setTabChangesFocus(True)
    shown.setMaximumHeight(shown.fontMetrics().lineSpacing() * 5 + 24)
    return shown
