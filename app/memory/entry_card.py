"""One remembered thing, edited in place."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.chat.in_place import InPlaceEditor
from app.widgets.buttons import tool
from app.widgets.labels import label
from engine.memory.values import Entry, EntryKind
from engine.words import say

_SHOWN = 1200


class EntryCard(QFrame):
    """`edited` carries the entry's id and its new text; `deleting` its id."""

    edited = Signal(str, str)
    deleting = Signal(str)

    def __init__(self, entry: Entry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry = entry
        self.setObjectName(f"memory.entry.{entry.id}")
        self.setProperty("look", "card")
        self._editor: InPlaceEditor | None = None
        self._text = self._words(entry.text)
        self._edit = tool("entry.edit", "edit", say("memory_page.edit"), self._open_editor)
        self._column = QVBoxLayout()
        self._column.setSpacing(4)
        if entry.kind is EntryKind.CORRECTION:
            self._column.addWidget(label(say("memory_page.asked", question=entry.question[:_SHOWN]), "small"))
        self._column.addWidget(self._text)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 12, 10, 12)
        row.addLayout(self._column, 1)
        row.addWidget(self._edit, 0, Qt.AlignmentFlag.AlignTop)
        delete = tool("entry.delete", "delete", say("window.delete"), lambda: self.deleting.emit(entry.id))
        row.addWidget(delete, 0, Qt.AlignmentFlag.AlignTop)

    def _words(self, text: str) -> QLabel:
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        made = label(shown, name="entry.text")
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return made

    def _open_editor(self) -> None:
        if self._editor is not None:
            return
        self._editor = InPlaceEditor("entry", self.entry.text, say("memory_page.save"), self._text)
        self._editor.saved.connect(lambda text: self.edited.emit(self.entry.id, text))
        self._editor.cancelled.connect(self._close_editor)
        self._column.addWidget(self._editor)
        self._text.hide()
        self._edit.hide()
        self._editor.show()
        self._editor.text.setFocus()

    def _close_editor(self) -> None:
        if self._editor is not None:
            self._editor.deleteLater()
            self._editor = None
            self._text.show()
            self._edit.show()
            self._edit.setFocus()
