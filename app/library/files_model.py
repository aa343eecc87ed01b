"""The files of the library as a Qt table. Filtering happens on a lane, before the table sees anything."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.library.reasons import reason_words, state_words
from app.widgets.labels import plain_tip
from engine.library.values import FileReport, FileState
from engine.words import say

COLUMNS = ("name", "state", "chunks", "folder")
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_ROLES = Qt.ItemDataRole


class FilesModel(QAbstractTableModel):
    """A row a file: its name, where it stands and why, its passages, its folder."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._files: Sequence[FileReport] = ()

    def show_files(self, files: Sequence[FileReport]) -> None:
        if files != self._files:
            self.beginResetModel()
            self._files = files
            self.endResetModel()

    def file(self, row: int) -> FileReport:
        return self._files[row]

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._files)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLES.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == _ROLES.DisplayRole:
            return say(f"library_page.column_{COLUMNS[section]}")
        if orientation == Qt.Orientation.Horizontal and role == _ROLES.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = _ROLES.DisplayRole) -> Any:
        if not index.isValid():
            return None
        file, column = self._files[index.row()], COLUMNS[index.column()]
        if role == _ROLES.DisplayRole:
            return _shown(file, column)
        if role == _ROLES.ToolTipRole:
            return plain_tip("\n".join(filter(None, (file.path, reason_words(file)))))
        return None


def _shown(file: FileReport, column: str) -> str:
    path = PurePath(file.path)
    match column:
        case "name":
            return path.name
        case "folder":
            return str(path.parent)
        case "chunks":
            return str(file.chunks) if file.chunks else ""
        case _:
            if file.away:
                return say("library_page.state_away", state=state_words(file))
            reason = reason_words(file)
            return (
                say("library_page.state_reason", state=state_words(file), reason=reason)
                if reason
                else state_words(file)
            )


def matching(
    files: Sequence[FileReport], text: str, state: FileState | None, places: Sequence[str] | None = None
) -> list[FileReport]:
    """Those whose path holds `text`, that stand in `state`, and at or under one of `places` (None: any); what needs
    attention first."""
    wanted = text.casefold()
    found = [file for file in files if wanted in file.path.casefold() and state in (None, file.state)]
    if places is not None:
        inside = tuple(place.rstrip("/") + "/" for place in places)
        found = [file for file in found if f"{file.path}/".startswith(inside)]
    return sorted(found, key=lambda file: (file.state is FileState.INDEXED and not file.away, file.path.casefold()))
