"""Follows the system's light or dark: palette, stylesheet and icons change together."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from app.style import icons
from app.style.sheet import stylesheet
from app.style.tokens import DARK, LIGHT, Tokens


class Theme(QObject):
    """The look now in force. `changed` comes after palette, stylesheet and icons are those of the new one."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._system_is_dark = application.palette().color(QPalette.ColorRole.Window).lightness() < 128
        self._hints = QGuiApplication.styleHints()
        application.setStyle("Fusion")
        self.tokens = self._wanted()
        self._apply()
        self._hints.colorSchemeChanged.connect(self._follow)

    def _wanted(self) -> Tokens:
        scheme = self._hints.colorScheme()
        if scheme == Qt.ColorScheme.Unknown:
            return DARK if self._system_is_dark else LIGHT
        return DARK if scheme == Qt.ColorScheme.Dark else LIGHT

    def _follow(self) -> None:
        wanted = self._wanted()
        if wanted is not self.tokens:
            self.tokens = wanted
            self._apply()
            self.changed.emit()

    def _apply(self) -> None:
        points = self._application.font().pointSizeF()
        self._application.setPalette(palette(self.tokens))
        self._application.setStyleSheet(stylesheet(self.tokens, points if points > 0 else 10.0))
        icons.tint(self.tokens)


def palette(tokens: Tokens) -> QPalette:
    """Qt's own roles from `tokens`, for what the stylesheet does not reach."""
    roles = QPalette.ColorRole
    made = QPalette()
    for role, colour in {
        roles.Window: tokens.window,
        roles.WindowText: tokens.text,
        roles.Base: tokens.surface,
        roles.AlternateBase: tokens.window,
        roles.Text: tokens.text,
        roles.Button: tokens.surface,
        roles.ButtonText: tokens.text,
        roles.ToolTipBase: tokens.text,
        roles.ToolTipText: tokens.window,
        roles.PlaceholderText: tokens.muted,
        roles.Highlight: tokens.accent,
        roles.HighlightedText: tokens.on_accent,
        roles.Link: tokens.accent,
        roles.LinkVisited: tokens.accent,
    }.items():
        made.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.muted))
    return made
