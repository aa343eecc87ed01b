"""One run of the window: the profile is opened, the main window shown, and all of it ended in order."""

import argparse
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, QTimer, Signal
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox

from app.failures import catch_all, explained
from app.shell.opening import Opening
from app.style import icons
from app.style.theme import Theme
from app.tasks import Tasks
from engine.errors import Busy, HearthsideError
from engine.handover import HandedOver, Index, Listener, Offer, Show, Verb, available, hand_over
from engine.paths import default_profile
from engine.profiles import last_used, note_use, resolve
from engine.words import say

if TYPE_CHECKING:
    from app.shell.main_window import MainWindow
    from engine.assistant import Assistant
    from engine.incognito import Incognito

_SETTLED_MS = 1000  # then the window is drawn, and the library may be looked at


class Application(QObject):
    """Holds what lives as long as the process. A second start of the same profile raises this one's window.

    One profile is open at a time. A switch closes it as leaving does, and opens the other in this process; no widget,
    lane or worker of the first is left to the second.
    """

    _handed_over = Signal(object)
    _broke = Signal(object)

    def __init__(
        self,
        qt: QApplication,
        profile: Path,
        key_file: Path | None,
        *,
        may_choose: bool = False,
        wanted: HandedOver | None = None,
    ) -> None:
        """`wanted` is what this start was made for, and seen to once the window is open."""
        super().__init__(qt)
        self._wanted = wanted
        self._qt = qt
        self._key = (profile, key_file)
        self._assistant: Assistant | None = None
        self._listener: Listener | None = None
        self._geometry = QByteArray()
        self.window: MainWindow | None = None
        self.theme = Theme(qt)
        self.tasks = Tasks(self)
        self._broke.connect(self._present)
        catch_all(self._broke.emit)
        self._handed_over.connect(self._on_handed_over)
        self.opening = self._opening_of(profile, may_choose=may_choose)

    def start(self) -> None:
        self.opening.begin()

    def _opening_of(self, profile: Path, *, may_choose: bool = False) -> Opening:
        """A key file opens the profile it was named for, and no other."""
        key_file = self._key[1] if profile == self._key[0] else None
        opening = Opening(profile, key_file, self.tasks, may_choose=may_choose)
        opening.opened.connect(self._on_opened)
        opening.left.connect(self._end)
        opening.busy.connect(self._on_busy)
        return opening

    def _on_opened(self, assistant: "Assistant", first_page: str) -> None:
        from app.shell.main_window import MainWindow

        profile = self.opening.profile
        self._assistant = assistant
        self.window = MainWindow(assistant, self.tasks, self.theme)
        self.window.restoreGeometry(self._geometry)
        self.window.closed.connect(self._end)
        self.window.switched.connect(self._switch)
        self.window.erasing.connect(self._erase)
        self.window.show()
        self.window.show_page(first_page)
        self.window.watch_for_absence()
        self.opening.hide()
        QTimer.singleShot(_SETTLED_MS, self.window, assistant.keeping.start)
        self.tasks.run(lambda: note_use(profile), lane="upkeep")
        self.tasks.run(assistant.back_up, lane="upkeep")
        if available():
            with contextlib.suppress(OSError):  # say, a path too long for a socket: a second start then answers busy
                self._listener = Listener(profile, self._handed_over.emit)
        if (wanted := self._wanted) is not None:
            self._wanted = None
            self._on_handed_over(wanted)

    def _switch(self, to: Path | str) -> None:
        """A profile that another window has open is shown there, and this one stays."""
        if isinstance(to, str):
            self._leave_for(to)
        else:
            self.tasks.run(lambda: hand_over(to, Show()), lambda shown: None if shown else self._leave_for(to))

    def _leave_for(self, to: Path | str) -> None:
        before = self.opening.profile
        if not self._leave():
            return
        if isinstance(to, Path):
            self.opening = self._opening_of(to)
            self.opening.begin()
        else:
            self.opening = self._opening_of(before)
            self.opening.begin_new(to)

    def _erase(self) -> None:
        """Destroy this profile as `erase` does, once it is closed; then ask who is there."""
        root = self.opening.profile

        def erase() -> None:
            from engine.assistant import erase_profile

            erase_profile(root)

        if self._leave(erase):
            self.opening = self._opening_of(default_profile())
            self.opening.begin_elsewhere()

    def _leave(self, after: Callable[[], object] = lambda: None) -> bool:
        """Take all of this profile off the screen, close it off the window's thread, and do what comes `after` there:
        before anything that is begun now. False where none was open."""
        window, assistant, before, leaving = self.window, self._assistant, self.opening, self.tasks
        if window is None or assistant is None:
            return False
        leaving.stop()
        open_still = (self._listener, window.chat.incognito, assistant)
        self._geometry = window.saveGeometry()
        self.window = self._assistant = self._listener = None
        self.tasks = Tasks(self)

        def close() -> None:
            leaving.rest(lambda: _close(open_still))
            after()

        self.tasks.run(close, lambda _none: _let_go(leaving), self._present)
        for gone in (window, before):
            gone.hide()
            gone.deleteLater()
        _empty_clipboard()
        return True

    def _on_handed_over(self, request: HandedOver) -> None:
        if self.window is None:
            return
        self.window.come_forward()
        if isinstance(request, Index):
            self.window.index(request)
        elif isinstance(request, Offer):
            self.window.offer(request.verb, [os.fsdecode(path) for path in request.paths])

    def _on_busy(self, error: Busy) -> None:
        if hand_over(self.opening.profile, self._wanted or Show()):
            self._end()
        else:
            self.opening.stand_still(error)

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


def _close(open_still: "Iterable[Listener | Incognito | Assistant | None]") -> None:
    for one in open_still:
        if one is not None:
            one.close()


def _let_go(tasks: Tasks) -> None:
    """Closures refer to one another, and to what was shown: have the memory of the profile that was left freed now."""
    tasks.deleteLater()
    QTimer.singleShot(0, gc.collect)


def _empty_clipboard() -> None:
    """Let nothing that was copied out of this profile be pasted into the next; what others put there stays."""
    board = QGuiApplication.clipboard()
    if board.ownsClipboard():
        board.clear()
    if board.supportsSelection() and board.ownsSelection():
        board.clear(QClipboard.Mode.Selection)


def run(arguments: list[str]) -> int:
    """The window's event loop; the exit code."""
    options = _options(arguments)
    try:
        profile = last_used() if options.profile is None else resolve(options.profile)
    except HearthsideError as error:
        words = explained(error)
        print(f"{words.title}\n{words.message}\n{words.hint}", file=sys.stderr)  # noqa: T201 - there is no window yet
        return error.exit_code
    wanted = _wanted(options)
    if profile.exists() and hand_over(profile, wanted or Show()):
        return 0
    qt = QApplication([sys.argv[0]])
    qt.setApplicationName("hearthside")
    qt.setApplicationDisplayName(say("window.name"))
    qt.setDesktopFileName("hearthside")
    qt.setQuitOnLastWindowClosed(False)
    application = Application(qt, profile, options.key_file, may_choose=options.profile is None, wanted=wanted)
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
    parser.add_argument("--profile")
    parser.add_argument("--key-file", type=Path)
    from_menu = parser.add_mutually_exclusive_group()
    for verb in Verb:
        from_menu.add_argument(f"--{verb}", nargs="+", metavar="PATH", help=say(f"file_menu.{verb}_tip"))
    return parser.parse_args(arguments)


def _wanted(options: argparse.Namespace) -> Offer | None:
    """What the file manager's menu asked for."""
    for verb in Verb:
        if paths := getattr(options, verb):
            return Offer(verb, [os.fsencode(os.path.abspath(path)) for path in paths])  # noqa: PTH100 - links stay
    return None
