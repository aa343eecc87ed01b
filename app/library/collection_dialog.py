"""Makes a collection or changes one: its name, and the folders and files in it."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from app.tasks import Tasks
from app.widgets.banner import ErrorBanner
from app.widgets.buttons import button
from app.widgets.labels import label
from engine.errors import HearthsideError
from engine.library.values import Collection
from engine.words import say

_WIDTH, _HEIGHT = 560, 460

Save = Callable[[str, list[str]], object]


class CollectionDialog(QDialog):
    """Has `save` take the name and the places on a lane, then calls `done`. A refusal is told in place."""

    def __init__(
        self,
        parent: QWidget,
        tasks: Tasks,
        *,
        collection: Collection | None,
        places: Sequence[str],
        roots: Sequence[str],
        save: Save,
        done: Callable[[], object],
        delete: Callable[[], object],
    ) -> None:
        """`places` are in it already, `roots` are offered to put in; `delete` is offered where there is a collection
        to delete."""
        super().__init__(parent)
        self._new = collection is None
        self._tasks, self._roots, self._save, self._done = tasks, list(roots), save, done
        title = say("library_page.collection_new_title" if self._new else "library_page.collection_title")
        self.setObjectName("collection")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.error = ErrorBanner()
        self.name = QLineEdit("" if collection is None else collection.name)
        self.name.setObjectName("collection.name")
        self.name.setAccessibleName(say("library_page.collection_name"))
        self.name.setPlaceholderText(say("library_page.collection_name"))
        self.name.textChanged.connect(self._follow)
        self.places = self._list(places)
        self._add = button("collection.add", say("library_page.collection_add"), self._offer, icon="plus")
        self._remove = button("collection.remove", say("library_page.collection_take"), self._take, icon="close")
        self._accept = button("collection.save", say("library_page.collection_save"), self._keep, look="primary")
        self._accept.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 22, 24, 18)
        column.setSpacing(12)
        column.addWidget(label(title, "heading"))
        column.addWidget(label(say("library_page.collections_words"), "muted"))
        column.addWidget(self.name)
        column.addWidget(self.places, 1)
        column.addLayout(self._row(self._add, self._remove))
        column.addWidget(self.error)
        column.addLayout(self._foot(delete))
        self.places.itemSelectionChanged.connect(self._follow)
        self._follow()
        self.resize(_WIDTH, _HEIGHT)

    def _list(self, places: Sequence[str]) -> QListWidget:
        made = QListWidget()
        made.setObjectName("collection.places")
        made.setAccessibleName(say("library_page.collection_places"))
        made.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        made.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setProperty("look", "field")
        made.ensurePolished()  # else the lines would be as tall as they are without the style
        made.addItems(list(places))
        take = QAction(
            say("library_page.collection_take"), made, shortcut=QKeySequence(QKeySequence.StandardKey.Delete)
        )
        take.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        take.triggered.connect(self._take)
        made.addAction(take)
        return made

    def _row(self, *parts: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        for part in parts:
            row.addWidget(part)
        row.addStretch(1)
        return row

    def _foot(self, delete: Callable[[], object]) -> QHBoxLayout:
        row = QHBoxLayout()
        if not self._new:
            row.addWidget(
                button(
                    "collection.delete",
                    say("library_page.collection_delete"),
                    lambda: self._leave(delete),
                    look="danger",
                )
            )
        row.addStretch(1)
        row.addWidget(button("collection.cancel", say("window.cancel"), self.reject))
        row.addWidget(self._accept)
        return row

    def _leave(self, for_: Callable[[], object]) -> None:
        self.reject()
        for_()

    def _held(self) -> list[str]:
        return [self.places.item(row).text() for row in range(self.places.count())]

    def _follow(self) -> None:
        self._accept.setEnabled(bool(self.name.text().strip()))
        self._remove.setEnabled(bool(self.places.selectedItems()))

    def _offer(self) -> None:
        """What the library reads, one click away; anything in it, by looking for it."""
        menu = QMenu(self)
        menu.setObjectName("collection.menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        held = self._held()
        for root in self._roots:
            if root not in held:
                menu.addAction(root.replace("&", "&&"), partial(self._put, [root]))
        menu.addSeparator()
        menu.addAction(say("library_page.collection_folder"), partial(self._choose, QFileDialog.FileMode.Directory))
        menu.addAction(say("library_page.collection_files"), partial(self._choose, QFileDialog.FileMode.ExistingFiles))
        menu.popup(self._add.mapToGlobal(QPoint(0, self._add.height())))

    def _choose(self, mode: QFileDialog.FileMode) -> None:
        start = self._roots[0] if self._roots else str(Path.home())
        dialog = QFileDialog(self, say("library_page.collection_choose"), start)
        dialog.setObjectName("collection.choose_dialog")
        dialog.setFileMode(mode)
        dialog.filesSelected.connect(self._put)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _put(self, paths: Sequence[str]) -> None:
        held = self._held()
        self.places.addItems([path for path in map(str, map(Path, paths)) if path not in held])

    def _take(self) -> None:
        for item in self.places.selectedItems():
            self.places.takeItem(self.places.row(item))

    def _keep(self) -> None:
        name, places = self.name.text(), self._held()
        self._tasks.run(lambda: self._save(name, places), lambda _kept: self._finish(), self._refuse, owner=self)

    def _finish(self) -> None:
        self.accept()
        self._done()

    def _refuse(self, error: HearthsideError) -> None:
        self.error.show_error(error)
        self.name.setFocus()
