"""One run of the window: the profile is opened, the main window shown, and all of it ended in order."""

import argparse
import contextlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QMessageBox

from app.failures import catch_all, explained
from app.shell.opening import Opening
from app.style import icons
from app.style.theme import Theme
from app.tasks import Tasks
from engine.errors import Busy, HearthsideError
from engine.handover import HandedOver, Index, Listener, Show, available, hand_over
from engine.paths import default_profile
from engine.words import say

if TYPE_CHECKING:
    from app.shell.main_window import MainWindow
    from engine.assistant import Assistant


class Application(QObject):
    """Holds what lives as long as the process. A second start of the same profile raises this one's window."""

    _handed_over = Signal(object)
    _broke = Signal(object)

    def __init__(self, qt: QApplication, profile: Path, key_file: Path | None) -> None:
        super().__init__(qt)
        self._qt = qt
        self._profile = profile
        self._assistant: Assistant | None = None
        self._listener: Listener | None = None
        self.window: MainWindow | None = None
        self.theme = Theme(qt)
        self.tasks = Tasks(self)
        self._broke.connect(self._present)
        catch_all(self._broke.emit)
        self._handed_over.connect(self._on_handed_over)
        self.opening = Opening(profile, key_file, self.tasks)
        self.opening.opened.connect(self._on_opened)
        self.opening.left.connect(self._end)
        self.opening.busy.connect(self._on_busy)

    def start(self) -> None:
        self.opening.begin()

    def _on_opened(self, assistant: "Assistant", first_page: str) -> None:
        from app.shell.main_window import MainWindow

        self._assistant = assistant
        self.window = MainWindow(assistant, self.tasks, self.theme)
        self.window.closed.connect(self._end)
        self.window.show()
        self.window.show_page(first_page)
        self.window.watch_for_absence()
        self.opening.hide()
        self.tasks.run(assistant.back_up, lane="upkeep")
        if available():
            with contextlib.suppress(OSError):  # say, a path too long for a socket: a second start then answers busy
                self._listener = Listener(self._profile, self._handed_over.emit)

    def _on_handed_over(self, request: HandedOver) -> None:
        if self.window is None:
            return
        self.window.come_forward()
        if isinstance(request, Index):
            self.window.index(request.paths)

    def _on_busy(self, error: Busy) -> None:
        if not hand_over(self._profile, Show()):
            self._present(error)
        self._end()

    def _present(self, error: HearthsideError) -> None:
        """Where there is a window, its banner; a box of its own before that."""
        if self.window is not None and self.window.isVisible():
            self.window.error.show_error(error)
            return
        words = explained(error)
        box = QMessageBox(QMessageBox.Icon.Warning, words.title, words.message)
        box.setInformativeText(words.hint)
        box.exec()

    def _end(self) -> None:
        """The lanes come to rest before the assistant closes, and the process ends after it."""
        for window in (self.window, self.opening):
            if window is not None:
                window.hide()
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        assistant, self._assistant = self._assistant or self.opening.assistant, None
        self.tasks.close(assistant.close if assistant is not None else lambda: None)
        self._qt.quit()


def run(arguments: list[str]) -> int:
    """The window's event loop; the exit code."""
    options = _options(arguments)
    if options.profile.exists() and hand_over(options.profile, Show()):
        return 0
    qt = QApplication([sys.argv[0]])
    qt.setApplicationName("hearthside")
    qt.setApplicationDisplayName(say("window.name"))
    qt.setDesktopFileName("hearthside")
    qt.setQuitOnLastWindowClosed(False)
    application = Application(qt, options.profile, options.key_file)
    qt.setWindowIcon(icons.icon("hearthside", size=64))
    ticking = _leave_on_interrupt(qt, application)
    QTimer.singleShot(0, application.start)
    code = qt.exec()
    ticking.stop()
    return code


def _leave_on_interrupt(qt: QApplication, application: Application) -> QTimer:
    """Ctrl-C in the terminal leaves as closing does. Python sees signals only between its own steps: hence the tick."""

    def leave(_signal: int, _frame: object) -> None:
        QTimer.singleShot(0, application._end)  # noqa: SLF001 - the same module

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    tick = QTimer(qt, interval=250)
    tick.timeout.connect(lambda: None)
    tick.start()
    return tick


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hearthside")
    parser.add_argument("--profile", type=Path, default=default_profile())
    parser.add_argument("--key-file", type=Path)
    return parser.parse_args(arguments)
