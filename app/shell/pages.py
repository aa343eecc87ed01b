"""The pages beside chat, made when first visited, or one by one while nothing happens."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, cast

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.style.theme import Theme
from app.tasks import Tasks
from app.widgets.banner import UndoBar

if TYPE_CHECKING:
    from app.learning.page import LearningPage
    from app.library.page import LibraryPage
    from engine.assistant import Assistant

_IDLE_MS = 400


class Page(Protocol):
    """What the window asks of a page."""

    def reload(self) -> None: ...


class Pages(QObject):
    """Makes each page once and keeps it in `stack`. `forgot` says that chats may have lost something,
    `wants_erase` that the profile is to go."""

    forgot = Signal()
    wants_erase = Signal()

    def __init__(
        self, assistant: "Assistant", tasks: Tasks, theme: Theme, undo: UndoBar, stack: QStackedWidget
    ) -> None:
        super().__init__(stack)
        self._assistant = assistant
        self._tasks = tasks
        self._theme = theme
        self._undo = undo
        self._stack = stack
        self._made: dict[str, QWidget] = {}
        self._unmade = self._names()
        self._idle = QTimer(self, interval=_IDLE_MS)
        self._idle.timeout.connect(self._make_next)
        self._idle.start()

    def get(self, name: str) -> QWidget:
        if name not in self._made:
            self._made[name] = self._make(name)
            self._stack.addWidget(self._made[name])
        return self._made[name]

    def reload(self, name: str) -> None:
        cast("Page", self.get(name)).reload()

    @property
    def library(self) -> "LibraryPage":
        return cast("LibraryPage", self.get("library"))

    @property
    def learning(self) -> "LearningPage":
        return cast("LearningPage", self.get("learning"))

    def _on_forgot(self) -> None:
        if "memory" in self._made:
            self.reload("memory")
        self.forgot.emit()

    def _names(self) -> Iterator[str]:
        yield from ("library", "learning", "memory", "privacy")

    def _make_next(self) -> None:
        """Wait while work is running: making a page takes longer than a frame."""
        if self._tasks.jobs:
            return
        name = next(self._unmade, None)
        if name is None:
            self._idle.stop()
        else:
            self.get(name)

    def _make(self, name: str) -> QWidget:
        match name:
            case "library":
                from app.library.page import LibraryPage

                return LibraryPage(self._assistant, self._tasks)
            case "learning":
                from app.learning.page import LearningPage

                learning = LearningPage(self._assistant, self._tasks, self._theme)
                learning.told.connect(self._undo.offer)
                learning.forgot.connect(self._on_forgot)
                return learning
            case "memory":
                from app.memory.page import MemoryPage

                memory = MemoryPage(self._assistant, self._tasks)
                memory.undoable.connect(self._undo.offer)
                return memory
            case _:
                from app.privacy.page import PrivacyPage

                privacy = PrivacyPage(self._assistant, self._tasks)
                privacy.wants_erase.connect(self.wants_erase)
                return privacy
