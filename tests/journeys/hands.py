"""A person's hands and eyes at the window: clicks and keys go through Qt's window system, found by object name."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from PySide6.QtCore import QEventLoop, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QCheckBox, QRadioButton, QScrollArea, QWidget

from app.application import Application
from app.style.tokens import DARK
from tests.journeys.loop_gaps import LoopGaps

LEFT: Final = Qt.MouseButton.LeftButton
CTRL: Final = Qt.KeyboardModifier.ControlModifier
NONE: Final = Qt.KeyboardModifier.NoModifier
Key = Qt.Key
T = TypeVar("T")


class Hands:
    """What is asked for by name must be there, visible and not covered; otherwise the story fails."""

    def __init__(self, application: Application, pictures: Path | None) -> None:
        self._application = application
        self._pictures = pictures
        self.gaps = LoopGaps(application)

    # Eyes

    def all(self, name: str, below: QWidget | None = None) -> Sequence[QWidget]:
        """The visible widgets of a name, as one reads them; one that ends in `*` is the beginning of a name."""
        among = QApplication.allWidgets() if below is None else below.findChildren(QWidget)  # in no order
        return sorted((widget for widget in among if widget.isVisible() and _is_named(widget, name)), key=_place)

    def find(self, name: str, below: QWidget | None = None) -> QWidget:
        found = self.all(name, below)
        assert len(found) == 1, f"{len(found)} widgets named {name}"
        return found[0]

    def sees(self, name: str, below: QWidget | None = None) -> bool:
        return bool(self.all(name, below))

    def text(self, name: str, below: QWidget | None = None) -> str:
        return str(self.find(name, below).text())

    def until(self, condition: Callable[[], T], what: str, *, seconds: float = 120) -> T:
        """Let the window live until `condition` holds; what it gave."""
        if value := condition():
            return value
        loop, found = QEventLoop(), []

        def look() -> None:
            if value := condition():
                found.append(value)
                loop.quit()

        looking, patience = QTimer(interval=20), QTimer(interval=int(seconds * 1000), singleShot=True)
        looking.timeout.connect(look)
        patience.timeout.connect(loop.quit)
        looking.start()
        patience.start()
        with self.gaps.watched():
            loop.exec()
        looking.stop()
        assert found, f"waited {seconds:.0f} s for {what}"
        return found[0]

    def until_seen(self, name: str, *, seconds: float = 120) -> QWidget:
        self.until(lambda: self.sees(name), name, seconds=seconds)
        return self.all(name)[0]

    def idle(self, seconds: float) -> None:
        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        with self.gaps.watched():
            loop.exec()

    def picture(self, name: str, widget: QWidget | None = None) -> None:
        """Keep the window as it looks now, light and dark, where pictures are wanted."""
        if self._pictures is None:
            return
        shown = (widget or _window()).window()
        theme = self._application.theme
        light = theme.tokens
        for tokens, ending in ((DARK, "-dark"), (light, "")):
            theme.tokens = tokens
            theme._apply()
            theme.changed.emit()
            QApplication.processEvents()
            shown.grab().save(str(self._pictures / f"{name}{ending}.png"))

    # Hands

    def click(self, name: str, below: QWidget | None = None) -> QWidget:
        widget = self.until(lambda: self.all(name, below), name)[0]
        self.until(widget.isEnabled, f"{name} to be of use")
        spot = widget.rect().center()
        if isinstance(widget, (QCheckBox, QRadioButton)):
            spot.setX(10)
        self._click_at(widget, spot)
        return widget

    def click_item(self, name: str, text: str) -> None:
        """The line of a list that says `text`."""
        view = self.find(name)
        assert isinstance(view, QAbstractItemView)
        indexes = [view.model().index(row, 0) for row in range(view.model().rowCount())]
        [index] = [index for index in indexes if index.data() == text]
        view.scrollTo(index)
        self._click_at(view.viewport(), view.visualRect(index).center())

    def write(self, name: str, text: str, below: QWidget | None = None, *, instead: bool = False) -> None:
        """Click into a field and type; `instead` of what is in it."""
        self.click(name, below)
        if instead:
            self.press(Key.Key_A, CTRL)
        window = _window()
        for letter in text:
            QTest.keyClick(window.windowHandle(), letter)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        window = _window()
        _attend(window)
        QTest.keyClick(window.windowHandle(), key, modifiers)

    def drop(self, name: str, paths: Sequence[Path]) -> None:
        """What arrives when files are dragged from a file manager; only X's own hand-shake is left out."""
        target = self.find(name)
        at = target.rect().center()
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(os.fspath(path)) for path in paths])
        rest = (Qt.DropAction.CopyAction, data, LEFT, NONE)
        entering = QDragEnterEvent(QPoint(at), *rest)
        QApplication.sendEvent(target, entering)
        assert entering.isAccepted(), f"{name} does not take {paths}"
        QApplication.sendEvent(target, QDropEvent(QPointF(at), *rest))

    def _click_at(self, widget: QWidget, spot: QPoint) -> None:
        window = widget.window()
        _attend(window)
        self.until(lambda: _is_in_sight(widget, spot), f"{widget.objectName()} to come into sight", seconds=10)
        QTest.mouseClick(window.windowHandle(), LEFT, NONE, widget.mapTo(window, spot))


def _place(widget: QWidget) -> tuple[int, int]:
    corner = widget.mapToGlobal(QPoint(0, 0))
    return corner.y(), corner.x()


def _is_named(widget: QWidget, name: str) -> bool:
    own = widget.objectName()
    return own.startswith(name[:-1]) if name.endswith("*") else own == name


def _window() -> QWidget:
    """Where keys go: the dialog that is open, or the window."""
    active = QApplication.activeModalWidget() or QApplication.activeWindow()
    if active is None:
        active = next(widget for widget in QApplication.topLevelWidgets() if widget.isVisible())
    return active


def _attend(window: QWidget) -> None:
    """Give the window the keyboard: what a window manager does, of which the test's X server has none."""
    if not window.isActiveWindow():
        window.activateWindow()
        assert QTest.qWaitForWindowActive(window, 5000), f"{window.objectName()} does not become active"


def _is_in_sight(widget: QWidget, spot: QPoint) -> bool:
    """Whether a click there would reach it, and nothing that lies above it."""
    _scroll_to(widget)
    window = widget.window()
    hit = window.childAt(widget.mapTo(window, spot))
    return hit is not None and (hit is widget or widget.isAncestorOf(hit))


def _scroll_to(widget: QWidget) -> None:
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget)
        above = above.parentWidget()
    QApplication.processEvents()
