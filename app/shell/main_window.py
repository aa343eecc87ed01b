"""The one main window: sidebar, pages, undo bar, keys, and a close that asks while work is running."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from app.chat.page import ChatPage
from app.learning.unasked import UnaskedTraining
from app.shell.from_menu import FromMenu
from app.shell.pages import Pages
from app.shell.shortcuts import WINDOW, show_shortcuts
from app.shell.sidebar import PAGES, Sidebar
from app.style.theme import Theme
from app.tasks import Kind, Tasks
from app.widgets.banner import ErrorBanner, UndoBar
from app.widgets.confirm import confirm
from engine.chat.values import Thread
from engine.handover import Index, Verb
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant

_NOTICE_WIDTH = 772


class MainWindow(QMainWindow):
    """`closed` once the owner has left and may not be asked any more; `switched` carries the folder of the profile to
    open instead, or the name of one to make; `erasing` says that this one is to be destroyed."""

    closed = Signal()
    switched = Signal(object)
    erasing = Signal()

    def __init__(self, assistant: "Assistant", tasks: Tasks, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle(say("window.name"))
        self.resize(1180, 780)
        self._assistant = assistant
        self._tasks = tasks
        self._leaving = False
        self.error = ErrorBanner()
        self.undo = UndoBar()
        self.sidebar = Sidebar(assistant, tasks)
        self.sidebar.setFixedWidth(248)
        self.chat = ChatPage(assistant, tasks, theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.chat)
        self.pages = Pages(assistant, tasks, theme, self.undo, self._stack)
        self._from_menu = FromMenu(self, assistant, tasks)
        self._lay_out()
        self._connect()
        self._bind_keys()
        self.sidebar.mark_page("chat")
        self.sidebar.reload()

    def show_page(self, name: str) -> None:
        """Bring a page to the front and read it anew."""
        self.sidebar.mark_page(name)
        if name == "chat":
            self._stack.setCurrentWidget(self.chat)
            self.chat.follow_learning()
            self.chat.composer.question.setFocus()
            return
        page = self.pages.get(name)
        self._stack.setCurrentWidget(page)
        page.setFocus()
        self.pages.reload(name)

    def index(self, wanted: Index) -> None:
        """Add what a command handed over: whoever typed it has said yes."""
        self.show_page("library")
        self.pages.library.add(wanted.paths, may_teach=wanted.may_teach, patterns=wanted.patterns)

    def offer(self, verb: Verb, paths: list[str]) -> None:
        """Do what the file manager's menu asks, once the owner has said yes to it."""
        self._from_menu.offer(verb, paths)

    def come_forward(self) -> None:
        self.showNormal() if self.isMinimized() else self.show()
        self.raise_()
        self.activateWindow()

    def watch_for_absence(self) -> None:
        """Train while nobody is at the window, where its owner wants that. Call it once the window is shown."""
        unasked = UnaskedTraining(self._assistant, self._tasks, lambda: self.pages.learning, self)
        unasked.told.connect(self.undo.offer)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._leaving or not self._running():
            event.accept()
            self.closed.emit()
            return
        event.ignore()
        self._ask_to_stop("window.close", self._leave)

    def switch(self, to: Path | str) -> None:
        """Leave this profile for the one in the folder `to`, or for one to be made for the person of that name."""
        if self._running():
            self._ask_to_stop("profiles.switch", lambda: self.switched.emit(to))
        else:
            self.switched.emit(to)

    def _running(self) -> set[Kind]:
        return {job.kind for job in self._tasks.jobs} - {"count", "page", "test", "shadow"}  # what they lose is nothing

    def _ask_to_stop(self, words: str, accepted: Callable[[], object]) -> None:
        running = "\n".join(sorted(say(f"window.running_{kind}") for kind in self._running()))
        confirm(
            self,
            title=say(f"{words}_title"),
            message=say(f"{words}_message", running=running),
            accept=say(f"{words}_anyway"),
            accepted=accepted,
            danger=True,
        )

    def _leave(self) -> None:
        self._leaving = True
        self.close()

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        notices = QVBoxLayout()
        notices.setContentsMargins(24, 0, 24, 0)
        for bar in (self.error, self.undo):
            bar.setMaximumWidth(_NOTICE_WIDTH)
            line = QHBoxLayout()
            line.addStretch(1)
            line.addWidget(bar, 100)
            line.addStretch(1)
            notices.addLayout(line)
        right.addWidget(self._stack, 1)
        right.addLayout(notices)
        middle = QWidget()
        middle.setProperty("look", "page")
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.sidebar)
        row.addLayout(right, 1)
        self.setCentralWidget(middle)

    def _connect(self) -> None:
        self._tasks.failed.connect(self.error.show_error)
        self.sidebar.picked_page.connect(self.show_page)
        self.sidebar.picked_thread.connect(self._open_thread)
        self.sidebar.wants_new.connect(self.new_chat)
        self.sidebar.wants_incognito.connect(self.new_incognito)
        self.sidebar.wants_settings.connect(self.show_settings)
        self.sidebar.wants_help.connect(lambda: show_shortcuts(self))
        self.sidebar.profile.picked.connect(self.switch)
        self.sidebar.profile.wants_new.connect(self.switch)
        self.sidebar.profile.erasing.connect(self.erasing)
        self.pages.wants_erase.connect(self.sidebar.profile.ask_erase)
        self.sidebar.profile.told.connect(self.undo.offer)
        self.sidebar.deleted.connect(self._on_thread_deleted)
        self.pages.forgot.connect(self.chat.reload)
        self.chat.threads_changed.connect(self.sidebar.reload)
        self.chat.thread_shown.connect(self.sidebar.mark_thread)
        self.chat.told.connect(self.undo.offer)
        self.chat.wants_library.connect(lambda: self.show_page("library"))

    def _bind_keys(self) -> None:
        acts: dict[str, Callable[[], object]] = {
            "new_chat": self.new_chat,
            "new_incognito": self.new_incognito,
            "find": self.sidebar.search.setFocus,
            "focus_question": self._focus_question,
            "search_in": self._search_in,
            "stop": self.chat.stop,
            "profiles": self.sidebar.profile.offer,
            "settings": self.show_settings,
            "shortcuts": lambda: show_shortcuts(self),
            "quit": self.close,
        }
        acts |= {page: partial(self.show_page, page) for page in PAGES}
        for name, key in WINDOW.items():
            QShortcut(QKeySequence(key), self).activated.connect(acts[name])

    def new_chat(self) -> None:
        self.show_page("chat")
        self.chat.new_thread()

    def new_incognito(self) -> None:
        self.show_page("chat")
        self.chat.new_incognito()

    def show_settings(self) -> None:
        from app.settings.dialog import SettingsDialog

        SettingsDialog(self._assistant, self._tasks, self).open()

    def _focus_question(self) -> None:
        self.show_page("chat")

    def _search_in(self) -> None:
        self.show_page("chat")
        self.chat.offer_scope()

    def _open_thread(self, thread_id: str) -> None:
        self._stack.setCurrentWidget(self.chat)
        self.sidebar.mark_page("chat")
        self.chat.open_thread(thread_id)

    def _on_thread_deleted(self, thread: Thread) -> None:
        if self.chat.thread_id == thread.id:
            self.chat.new_thread()
        self.sidebar.reload()

        def restore() -> None:
            chat = self._assistant.chat
            self._tasks.run(lambda: chat.restore_thread(thread.id), lambda _none: self.sidebar.reload())

        self.undo.offer(say("window.thread_deleted", title=thread.title or say("window.untitled")), restore)
