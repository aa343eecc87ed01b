"""Buttons, each with the name tests find it by, words from translations, and an accessible name."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QToolButton

from app.style import icons
from app.style.icons import Role


def button(
    name: str, text: str, clicked: Callable[[], object], *, look: str = "", icon: str = "", role: Role = "text"
) -> QPushButton:
    """A button with words on it."""
    made = QPushButton(text)
    made.setObjectName(name)
    made.setProperty("look", look)
    made.setAccessibleName(text)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(False)
    if icon:
        icons.put(made, icon, role, 18)
    made.clicked.connect(lambda: clicked())  # noqa: PLW0108 - without clicked's own argument
    return made


def tool(
    name: str,
    icon: str,
    text: str,
    clicked: Callable[[], object],
    *,
    look: str = "quiet",
    role: Role = "muted",
    checkable: bool = False,
) -> QToolButton:
    """A button that is an icon, its words in the tool tip and for screen readers."""
    made = QToolButton()
    made.setObjectName(name)
    made.setProperty("look", look)
    made.setToolTip(text)
    made.setAccessibleName(text)
    made.setCheckable(checkable)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.setIconSize(QSize(18, 18))
    icons.put(made, icon, role, 18)
    made.clicked.connect(lambda: clicked())  # noqa: PLW0108 - without clicked's own argument
    return made
