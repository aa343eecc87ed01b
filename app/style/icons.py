"""Our icons: SVG drawn with `currentColor`, tinted by the look in force and tinted again when that changes."""

from collections.abc import Iterator
from typing import Literal

from PySide6.QtCore import QByteArray, QObject, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from app.style.tokens import LIGHT, Tokens
from engine.paths import RESOURCES

Role = Literal["text", "muted", "window", "accent", "on_accent", "good", "danger"]

_tokens = LIGHT
_made: dict[tuple[str, str, int], QIcon] = {}


def icon(name: str, role: Role = "text", size: int = 20) -> QIcon:
    """resources/icons/<name>.svg in the colour of `role`, sharp at `size` and at twice that; disabled, it is paler."""
    colour = str(getattr(_tokens, role))
    if (name, colour, size) not in _made:
        made = QIcon()
        for mode, tint_of in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, _tokens.border_strong)):
            for pixmap in _drawn(name, tint_of, size):
                made.addPixmap(pixmap, mode)
        _made[name, colour, size] = made
    return _made[name, colour, size]


def put(widget: QAbstractButton | QLabel, name: str, role: Role = "text", size: int = 20) -> None:
    """Show the icon on `widget`, now and in every look to come."""
    widget.setProperty("icon_name", name)
    widget.setProperty("icon_role", role)
    widget.setProperty("icon_size", size)
    _show(widget)


def tint(tokens: Tokens) -> None:
    """Redraw every icon on screen for `tokens`."""
    global _tokens  # noqa: PLW0603 - one look for the whole application, like its palette
    _tokens = tokens
    _made.clear()
    for widget in QApplication.allWidgets():
        if widget.property("icon_name"):
            _show(widget)


def _show(widget: QObject) -> None:
    size = widget.property("icon_size")
    shown = icon(widget.property("icon_name"), widget.property("icon_role"), size)
    if isinstance(widget, QAbstractButton):
        widget.setIcon(shown)
        widget.setIconSize(widget.iconSize().scaled(size, size, Qt.AspectRatioMode.IgnoreAspectRatio))
    elif isinstance(widget, QLabel):
        widget.setPixmap(shown.pixmap(size))


def _drawn(name: str, colour: str, size: int) -> Iterator[QPixmap]:
    from PySide6.QtSvg import QSvgRenderer

    source = (RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    renderer = QSvgRenderer(QByteArray(source.encode()))
    for pixels in (size, 2 * size):
        pixmap = QPixmap(pixels, pixels)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter)
        painter.end()
        yield pixmap
