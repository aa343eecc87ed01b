"""The conversations as a Qt list; renaming in place goes through the model."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.widgets.labels import plain_tip
from engine.chat.values import Thread
from engine.words import say

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_ROLES = Qt.ItemDataRole


class ThreadsModel(QAbstractListModel):
    """`renamed` carries a thread's id and its new title; the list is read anew afterwards."""

    renamed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._threads: list[Thread] = []

    def show_threads(self, threads: Sequence[Thread]) -> None:
        if [thread.id for thread in threads] == [thread.id for thread in self._threads]:
            self._threads = list(threads)
            if threads:
                self.dataChanged.emit(self.index(0), self.index(len(threads) - 1))
            return
        self.beginResetModel()
        self._threads = list(threads)
        self.endResetModel()

    def thread_at(self, index: Index) -> Thread | None:
        return self._threads[index.row()] if index.isValid() else None

    def index_of(self, thread_id: str) -> QModelIndex:
        for row, thread in enumerate(self._threads):
            if thread.id == thread_id:
                return self.index(row)
        return QModelIndex()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._threads)

    def data(self, index: Index, role: int = _ROLES.DisplayRole) -> Any:
        thread = self.thread_at(index)
        if thread is None:
            return None
        title = thread.title or say("window.untitled")
        if role in (_ROLES.DisplayRole, _ROLES.EditRole, _ROLES.AccessibleTextRole):
            return " ".join(title.split())
        return plain_tip(title) if role == _ROLES.ToolTipRole else None

    def setData(self, index: Index, value: Any, role: int = _ROLES.EditRole) -> bool:
        thread, title = self.thread_at(index), str(value).strip()
        if thread is None or role != _ROLES.EditRole or not title or title == thread.title:
            return False
        self.renamed.emit(thread.id, title)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable
