"""What the file manager's menu asks of the window: read these, ask about these, remove these."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.tasks import Tasks
from engine.handover import Verb
from engine.library.values import FileState

if TYPE_CHECKING:
    from app.shell.main_window import MainWindow
    from engine.assistant import Assistant


class FromMenu(QObject):
    """Nothing is read or removed before its owner says so in the window."""

    def __init__(self, window: "MainWindow", assistant: "Assistant", tasks: Tasks) -> None:
        super().__init__(window)
        self._window = window
        self._assistant = assistant
        self._tasks = tasks

    def offer(self, verb: Verb, paths: Sequence[str]) -> None:
        match verb:
            case Verb.INDEX:
                self._offer_to_read(paths)
            case Verb.REMOVE:
                self._window.show_page("library")
                self._window.pages.library.offer_removal(paths)
            case Verb.ASK:
                self._tasks.run(
                    lambda: all(map(self._is_read, paths)),
                    lambda yes: self._ask(paths) if yes else self._read_and_ask(paths),
                )

    def _is_read(self, path: str) -> bool:
        """Whether the library keeps up with `path`, and found something there."""
        library = self._assistant.library
        kept = any(path == root.path or path.startswith(root.path.rstrip("/") + "/") for root in library.roots())
        return kept and any(file.state is FileState.INDEXED for file in library.files(path))

    def _offer_to_read(self, paths: Sequence[str], then: Callable[[], None] | None = None) -> None:
        self._window.show_page("library")
        self._window.pages.library.offer(paths, then)

    def _read_and_ask(self, paths: Sequence[str]) -> None:
        def ask() -> None:
            if self._window.pages.library.isVisible():  # else its owner has gone on to something else
                self._ask(paths)

        self._offer_to_read(paths, ask)

    def _ask(self, paths: Sequence[str]) -> None:
        """Begin a conversation that is asked of these alone."""
        self._window.new_chat()
        self._window.chat.limit_to(paths)
