"""The table of files with its filter; what is filtered is worked out on a lane."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.library.files_model import FilesModel, matching
from app.tasks import Tasks
from app.widgets.buttons import button
from engine.library.values import Collection, FileReport, FileState
from engine.words import say

_TYPING_MS = 150


class FilesTable(QWidget):
    """`removing` carries the selected FileReports; `collecting` their paths, and the button it was asked with."""

    removing = Signal(list)
    collecting = Signal(list, QWidget)

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._files: list[FileReport] = []
        self.model = FilesModel(self)
        self.filter = QLineEdit()
        self.filter.setObjectName("library.filter")
        self.filter.setPlaceholderText(say("library_page.filter"))
        self.filter.setAccessibleName(say("library_page.filter"))
        self.filter.setClearButtonEnabled(True)
        self.state = QComboBox()
        self.state.setObjectName("library.state")
        self.state.setAccessibleName(say("library_page.column_state"))
        self.state.addItem(say("library_page.any_state"), None)
        for state in FileState:
            self.state.addItem(say(f"library.state_{state.value}"), state.value)
        self.collection = QComboBox()
        self.collection.setObjectName("library.in_collection")
        self.collection.setAccessibleName(say("library_page.any_collection"))
        self.collection.hide()
        self.collect = button("library.collect", say("library_page.collect"), self._collect, icon="collection")
        self.collect.setEnabled(False)
        self.view = self._table()
        self.remove = button("library.remove", say("library_page.remove"), self._remove, icon="delete")
        self.remove.setEnabled(False)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self._refilter)
        self.filter.textChanged.connect(lambda _text: self._typing.start())
        self.state.currentIndexChanged.connect(lambda _index: self._refilter())
        self.collection.currentIndexChanged.connect(lambda _index: self._refilter())
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.filter, 1)
        head.addWidget(self.collection)
        head.addWidget(self.state)
        head.addWidget(self.collect)
        head.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.view, 1)

    def show_files(self, files: list[FileReport]) -> None:
        self._files = files
        self._refilter()

    def show_collections(self, collections: Sequence[Collection]) -> None:
        """Let the files of one be shown; the one that is chosen stays so while it is there."""
        chosen = self.collection.currentData()
        kept = next((one for one in collections if chosen is not None and one.id == chosen.id), None)
        self.collection.blockSignals(True)
        self.collection.clear()
        self.collection.addItem(say("library_page.any_collection"), None)
        for one in collections:
            self.collection.addItem(one.name, one)
        self.collection.setCurrentIndex(0 if kept is None else 1 + list(collections).index(kept))
        self.collection.blockSignals(False)
        self.collection.setVisible(bool(collections))
        if chosen != kept:
            self._refilter()

    def _table(self) -> QTableView:
        view = QTableView()
        view.setObjectName("library.files")
        view.setAccessibleName(say("library_page.files"))
        view.setModel(self.model)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setTabKeyNavigation(False)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(view.fontMetrics().height() + 18)
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        for column, width in enumerate((230, 330, 90)):
            view.setColumnWidth(column, width)
        view.selectionModel().selectionChanged.connect(lambda *_: self._follow())
        self.model.modelReset.connect(self._follow)
        delete = QAction(say("library_page.remove"), view, shortcut=QKeySequence(QKeySequence.StandardKey.Delete))
        delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        delete.triggered.connect(self._remove)
        view.addAction(delete)
        return view

    def _refilter(self) -> None:
        files, text, state = self._files, self.filter.text().strip(), self.state.currentData()
        wanted, collection = FileState(state) if state else None, self.collection.currentData()
        places = None if collection is None else collection.places
        self._tasks.run(
            lambda: matching(files, text, wanted, places),
            self.model.show_files,
            replaces="library.filter",
            lane="looks",
        )

    def _selected(self) -> Sequence[FileReport]:
        return [self.model.file(index.row()) for index in self.view.selectionModel().selectedRows()]

    def _follow(self) -> None:
        for acting in (self.remove, self.collect):
            acting.setEnabled(self.view.selectionModel().hasSelection())

    def _collect(self) -> None:
        self.collecting.emit([file.path for file in self._selected()], self.collect)

    def _remove(self) -> None:
        if selected := self._selected():
            self.removing.emit(list(selected))
