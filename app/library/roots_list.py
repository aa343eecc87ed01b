"""The folders and files the owner added, a row each, with how current each is."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.library.reasons import standing_words
from app.style import icons
from app.widgets.buttons import tool
from app.widgets.labels import ElidedLabel, label
from engine.library.values import Root, RootStanding
from engine.words import say

_ROWS_IN_SIGHT = 4


class RootsList(QScrollArea):
    """`removing` carries the Root to ask about; `rescanning` the path of one to look at; `teaching` a path, and whether
    it may teach; `collecting` a path to put in a collection, and the button it was asked with. Scrolls past four."""

    removing = Signal(object)
    rescanning = Signal(str)
    teaching = Signal(str, bool)
    collecting = Signal(str, QWidget)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("library.roots")
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._shown: list[Root] = []
        self._standings: dict[str, str] = {}
        self._lines: dict[str, ElidedLabel] = {}
        self._inside = QWidget()
        self._inside.setProperty("look", "page")
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.setWidget(self._inside)

    def show_roots(self, roots: Sequence[Root]) -> None:
        if list(roots) == self._shown:
            return
        self._shown = list(roots)
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self._lines = {}
        rows = [self._row(root) for root in roots]
        self._tell()
        for row in rows:
            self._column.addWidget(row)
        height = rows[0].sizeHint().height() + self._column.spacing() if rows else 0
        self.setFixedHeight(height * min(len(rows), _ROWS_IN_SIGHT))

    def show_standings(self, standings: Sequence[RootStanding]) -> None:
        """Say how current each root is."""
        self._standings = {standing.path: standing_words(standing) for standing in standings}
        self._tell()

    def _tell(self) -> None:
        for path, line in self._lines.items():
            line.show_text(self._standings.get(path, ""))

    def _teach(self, root: Root) -> QCheckBox:
        made = QCheckBox(say("library_page.may_teach"))
        made.setObjectName("root.teach")
        made.setToolTip(say("library_page.may_teach_tip"))
        made.setChecked(root.may_teach)
        made.clicked.connect(lambda wanted: self.teaching.emit(root.path, wanted))
        return made

    def _row(self, root: Root) -> QFrame:
        row = QFrame()
        row.setObjectName(f"library.root.{root.path}")
        row.setProperty("look", "card")
        mark = QLabel()
        icons.put(mark, "folder", "muted", 18)
        line = QHBoxLayout(row)
        line.setContentsMargins(14, 6, 8, 6)
        line.setSpacing(10)
        line.addWidget(mark)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(ElidedLabel(root.path))
        standing = self._lines[root.path] = ElidedLabel(look="small", out=Qt.TextElideMode.ElideRight)
        standing.setObjectName("root.standing")
        words.addWidget(standing)
        line.addLayout(words, 1)
        line.addWidget(label(say("library_page.root", files=root.files, chunks=root.chunks), "small", wrap=False))
        line.addWidget(self._teach(root))
        collect = tool(
            "root.collect", "collection", say("library_page.collect"), lambda: self.collecting.emit(root.path, collect)
        )
        line.addWidget(collect)
        rescan = say("library_page.rescan")
        line.addWidget(tool("root.rescan", "refresh", rescan, lambda: self.rescanning.emit(root.path)))
        line.addWidget(tool("root.remove", "delete", say("library_page.remove"), lambda: self.removing.emit(root)))
        return row
