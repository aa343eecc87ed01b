"""The left side: pages, a new chat, and the conversations with search."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.shell.profile_button import ProfileButton
from app.shell.threads_model import ThreadsModel
from app.style import icons
from app.tasks import Tasks
from app.widgets.buttons import button, tool
from app.widgets.labels import label
from engine.chat.values import Thread
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant

PAGES = ("chat", "library", "learning", "memory", "privacy")
_SEARCH_MS = 150


class Sidebar(QWidget):
    """`picked_page`, `picked_thread`, `wants_new`, `wants_incognito`, `deleted` (an undo is offered by the window)."""

    picked_page = Signal(str)
    picked_thread = Signal(str)
    wants_new = Signal()
    wants_incognito = Signal()
    wants_settings = Signal()
    wants_help = Signal()
    deleted = Signal(object)

    def __init__(self, assistant: "Assistant", tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setProperty("look", "sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._assistant = assistant
        self._tasks = tasks
        self._current = ""
        self._model = ThreadsModel(self)
        self._model.renamed.connect(self._rename)
        self.profile = ProfileButton(assistant.paths.root, tasks)
        self.search = self._search_field()
        self.threads = self._list()
        self._empty = label(look="small", name="sidebar.empty")
        self._wait = QTimer(self, singleShot=True, interval=_SEARCH_MS)
        self._wait.timeout.connect(self.reload)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 16, 12, 10)
        column.setSpacing(2)
        column.addLayout(self._head())
        column.addSpacing(12)
        self._page_buttons = {page: self._page_button(page) for page in PAGES}
        for made in self._page_buttons.values():
            column.addWidget(made)
        column.addSpacing(14)
        column.addLayout(self._threads_head())
        column.addWidget(self.search)
        column.addSpacing(4)
        column.addWidget(self._empty)
        column.addWidget(self.threads, 1)
        column.addLayout(self._foot())

    def reload(self) -> None:
        """Read the conversations anew."""
        search = self.search.text().strip()
        self._tasks.run(lambda: self._assistant.chat.threads(search), self._show, replaces="sidebar.threads")

    def mark_page(self, page: str) -> None:
        for name, made in self._page_buttons.items():
            made.setChecked(name == page)

    def mark_thread(self, thread_id: str) -> None:
        """Show which conversation is on the page."""
        self._current = thread_id
        index = self._model.index_of(thread_id)
        if index.isValid():
            self.threads.setCurrentIndex(index)
        else:
            self.threads.setCurrentIndex(QModelIndex())
            self.threads.clearSelection()

    def _head(self) -> QHBoxLayout:
        mark = QLabel()
        icons.put(mark, "hearthside", "text", 28)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(mark)
        row.addWidget(label(say("window.name"), "heading", wrap=False), 1)
        return row

    def _threads_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(label(say("window.conversations"), "small", wrap=False), 1)
        row.addWidget(tool("sidebar.incognito", "incognito", say("window.new_incognito"), self.wants_incognito.emit))
        row.addWidget(tool("sidebar.new", "plus", say("window.new_chat"), self.wants_new.emit))
        return row

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(self.profile, 1)
        row.addWidget(tool("sidebar.settings", "settings", say("window.settings"), self.wants_settings.emit))
        row.addWidget(tool("sidebar.help", "help", say("window.shortcuts"), self.wants_help.emit))
        return row

    def _page_button(self, page: str) -> QPushButton:
        made = button(
            f"nav.{page}",
            say(f"window.page_{page}"),
            lambda: self.picked_page.emit(page),
            look="nav",
            icon=page,
            role="muted",
        )
        made.setCheckable(True)
        return made

    def _search_field(self) -> QLineEdit:
        field = QLineEdit()
        field.setObjectName("sidebar.search")
        field.setPlaceholderText(say("window.search_conversations"))
        field.setAccessibleName(say("window.search_conversations"))
        field.setClearButtonEnabled(True)
        field.textChanged.connect(lambda _text: self._wait.start())
        return field

    def _list(self) -> QListView:
        view = QListView()
        view.setObjectName("sidebar.threads")
        view.setAccessibleName(say("window.conversations"))
        view.setModel(self._model)
        view.setUniformItemSizes(True)
        view.setTextElideMode(Qt.TextElideMode.ElideRight)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        view.clicked.connect(self._pick)
        view.activated.connect(self._pick)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._menu)
        delete = QAction(say("window.delete"), view, shortcut=QKeySequence(QKeySequence.StandardKey.Delete))
        delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        delete.triggered.connect(lambda: self._delete(view.currentIndex()))
        view.addAction(delete)
        return view

    def _menu(self, at: QPoint) -> None:
        index = self.threads.indexAt(at)
        if not index.isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icons.icon("edit"), say("window.rename"), lambda: self.threads.edit(index))
        menu.addAction(icons.icon("delete"), say("window.delete"), lambda: self._delete(index))
        menu.popup(self.threads.viewport().mapToGlobal(at))

    def _show(self, threads: Sequence[Thread]) -> None:
        if self.threads.state() == QAbstractItemView.State.EditingState:
            self._wait.start()
            return
        self._model.show_threads(threads)
        searching = bool(self.search.text().strip())
        self._empty.setText(say("window.nothing_found" if searching else "window.no_conversations"))
        self._empty.setVisible(not threads)
        self.mark_thread(self._current)

    def _pick(self, index: QModelIndex) -> None:
        if (thread := self._model.thread_at(index)) is not None:
            self.picked_thread.emit(thread.id)

    def _rename(self, thread_id: str, title: str) -> None:
        self._tasks.run(lambda: self._assistant.chat.rename(thread_id, title), lambda _none: self.reload())

    def _delete(self, index: QModelIndex) -> None:
        thread = self._model.thread_at(index)
        if thread is not None:
            deleted = thread
            self._tasks.run(
                lambda: self._assistant.chat.delete_thread(deleted.id), lambda _none: self.deleted.emit(deleted)
            )
