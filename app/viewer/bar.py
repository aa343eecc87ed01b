"""The viewer's buttons: pages, zoom, search, copy, page or text, and the ways out of the window."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from app.shell.shortcuts import VIEWER
from app.widgets.buttons import button, tool
from app.widgets.flow_layout import FlowLayout
from app.widgets.labels import label
from engine.words import say

_MOST_PAGES = 999_999


class ViewerBar(QWidget):
    """`turned` by so many pages, `went` to one; `zoomed` by 1, -1 or (0) back; `switched` to pages or text."""

    turned = Signal(int)
    went = Signal(int)
    zoomed = Signal(int)
    finding = Signal()
    copying = Signal()
    switched = Signal()
    folder_wanted = Signal()
    outside_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._previous = self._tool("page_back", "left", lambda: self.turned.emit(-1))
        self._page = QLineEdit()
        self._page.setObjectName("passage.page")
        self._page.setAccessibleName(say("viewer.page"))
        self._page.setToolTip(say("viewer.page"))
        self._page.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._page.setFixedWidth(self._page.fontMetrics().horizontalAdvance("0000") + 26)
        self._page.setValidator(QIntValidator(1, _MOST_PAGES, self._page))
        self._page.returnPressed.connect(lambda: self.went.emit(int(self._page.text())))
        self._of = label(look="small", wrap=False, name="passage.pages")
        self._next = self._tool("page_on", "right", lambda: self.turned.emit(1))
        self._paging = (self._previous, self._page, self._of, self._next)
        self._zoom = label(look="small", wrap=False, name="passage.zoom")
        self._switch = button(
            "passage.switch", say("viewer.as_text"), self.switched.emit, look="quiet", icon="file", role="muted"
        )
        self._folder = self._tool("folder", "folder", self.folder_wanted.emit)
        self._outside = self._tool("outside", "outside", self.outside_wanted.emit)
        row = FlowLayout(self, spacing=2)
        for part in (
            *self._paging,
            self._tool("zoom_out", "minus", lambda: self.zoomed.emit(-1)),
            self._zoom,
            self._tool("zoom_in", "plus", lambda: self.zoomed.emit(1)),
            self._tool("find_in", "search", self.finding.emit),
            self._tool("copy", "copy", self.copying.emit),
            self._folder,
            self._outside,
            self._switch,
        ):
            row.addWidget(part)

    def show_page(self, number: int | None, count: int) -> None:
        """Page `number` of `count` (0: not known yet); None for what has no pages."""
        for part in self._paging:
            part.setVisible(number is not None)
        if number is None:
            return
        self._page.setText(str(number))
        self._of.setText(say("viewer.of", of=count) if count else "")
        self._previous.setEnabled(number > 1)
        self._next.setEnabled(not count or number < count)

    def show_zoom(self, zoom: float | None) -> None:
        """How large a page is shown, where 1 is as wide as the view; None for text."""
        self._zoom.setVisible(zoom is not None)
        self._zoom.setText("" if zoom is None else f"{zoom:.0%}")

    def show_switch(self, *, pages: bool, offered: bool) -> None:
        """Whether pages are on show, and whether there is a choice."""
        self._switch.setText(say("viewer.as_text" if pages else "viewer.as_pages"))
        self._switch.setAccessibleName(self._switch.text())
        self._switch.setVisible(offered)

    def show_outside(self, there: bool) -> None:
        """Whether there is a file to show or open."""
        self._folder.setEnabled(there)
        self._outside.setEnabled(there)

    def _tool(self, name: str, icon: str, clicked: Callable[[], object]) -> QToolButton:
        key = VIEWER.get(name)
        words = say(f"viewer.{name}")
        return tool(f"passage.{name}", icon, say("viewer.with_key", words=words, keys=key) if key else words, clicked)
