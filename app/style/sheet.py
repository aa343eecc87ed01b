"""The one stylesheet, filled in from tokens. Looks hang on the dynamic property `look`."""

from string import Template

import msgspec

from app.style.tokens import Tokens
from engine.paths import RESOURCES


def stylesheet(tokens: Tokens, points: float) -> str:
    """The application's stylesheet for `tokens`, with sizes relative to a body text of `points`."""
    sizes = {"small": f"{points * 0.9:.1f}pt", "large": f"{points * 1.25:.1f}pt", "title": f"{points * 1.7:.1f}pt"}
    marks = {"icons": (RESOURCES / "icons" / "marks").as_posix(), "shade": "dark" if tokens.dark else "light"}
    return Template(_SHEET).substitute(msgspec.to_builtins(tokens), **sizes, **marks)


_SHEET = """
QWidget { color: $text; }
QMainWindow, QDialog, QWidget[look="page"] { background: $window; }
QWidget[look="sidebar"] { background: $sidebar; }
QFrame[look="divider"] { background: $border; border: none; }

QLabel { background: transparent; }
QLabel[look="title"] { font-size: $title; font-weight: 600; }
QLabel[look="heading"] { font-size: $large; font-weight: 600; }
QLabel[look="strong"] { font-weight: 600; }
QLabel[look="muted"] { color: $muted; }
QLabel[look="small"] { color: $muted; font-size: $small; }
QLabel[look="pill"] { background: $hover; color: $muted; border-radius: 8px; padding: 2px 9px; font-size: $small; }
QLabel[look="pill-good"] {
    background: $good_soft; color: $good; border-radius: 8px; padding: 2px 9px; font-size: $small;
}
QLabel[look="pill-tried"] {
    background: $accent_soft; color: $accent; border-radius: 8px; padding: 2px 9px; font-size: $small;
}
QLabel[look="pill-bad"] {
    background: $danger_soft; color: $danger; border-radius: 8px; padding: 2px 9px; font-size: $small;
}
QLabel[look="recovery"] {
    background: $surface; border: 1px solid $border_strong; border-radius: 10px; padding: 16px; font-size: $large;
}

QFrame[look="card"] { background: $surface; border: 1px solid $border; border-radius: 12px; }
QFrame[look="card"]:focus { border: 2px solid $accent; }
QFrame[look="bubble"] { background: $bubble; border: none; border-radius: 14px; }
QFrame[look="code"] { background: $code; border: 1px solid $border; border-radius: 10px; }
QFrame[look="composer"] { background: $surface; border: 1px solid $border_strong; border-radius: 16px; }
QFrame[look="composer"][focused="true"] { border: 1px solid $accent; }
QFrame[look="banner"] { background: $danger_soft; border: 1px solid $danger; border-radius: 10px; }
QFrame[look="notice"] { background: $accent_soft; border: none; border-radius: 10px; }
QFrame[look="inset"] { background: $window; border: none; border-radius: 10px; }
QFrame[look="preview"] { background: $surface; border: 1px solid $border_strong; }
QFrame[look="popup"] { background: $surface; border: 1px solid $border_strong; border-radius: 10px; }
QFrame[look="undo"] { background: $text; border-radius: 10px; }
QFrame[look="undo"] QLabel { color: $window; }
QFrame[look="drop"] { background: $surface; border: 2px dashed $border_strong; border-radius: 14px; }
QFrame[look="drop"][over="true"] { border-color: $accent; background: $accent_soft; }

QPushButton, QToolButton {
    background: $surface; border: 1px solid $border_strong; border-radius: 8px; padding: 6px 14px; min-height: 20px;
}
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed { background: $border; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; padding: 5px 13px; }
QPushButton:disabled, QToolButton:disabled { color: $muted; background: transparent; border-color: $border; }
QPushButton[look="primary"] { background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 600; }
QPushButton[look="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[look="primary"]:focus { border: 2px solid $text; }
QPushButton[look="primary"]:disabled { background: $hover; color: $muted; border-color: $hover; }
QPushButton[look="danger"] { color: $danger; border-color: $danger; }
QPushButton[look="danger"]:hover { background: $danger_soft; }
QPushButton[look="quiet"], QToolButton[look="quiet"] {
    background: transparent; border: 1px solid transparent; padding: 4px 6px; color: $muted;
}
QPushButton[look="quiet"]:hover, QToolButton[look="quiet"]:hover { background: $hover; color: $text; }
QPushButton[look="quiet"]:focus, QToolButton[look="quiet"]:focus { border: 2px solid $accent; padding: 3px 5px; }
QToolButton[look="quiet"]:checked { background: $accent_soft; color: $accent; }
QToolButton::menu-indicator { image: none; width: 0; }
QPushButton[look="scope"] {
    background: transparent; color: $muted; border: 1px solid $border; border-radius: 13px; padding: 2px 10px;
    font-size: $small;
}
QPushButton[look="scope"]:hover { background: $hover; color: $text; }
QPushButton[look="scope"]:focus { border: 2px solid $accent; padding: 1px 9px; }
QPushButton[look="undo"] {
    background: transparent; border: none; color: $window; font-weight: 600; text-decoration: underline;
}
QToolButton[look="undo"] { background: transparent; border: 1px solid transparent; padding: 4px 6px; }
QPushButton[look="undo"]:focus, QToolButton[look="undo"]:focus { border: 2px solid $window; }
QPushButton[look="nav"] {
    background: transparent; border: 1px solid transparent; text-align: left; padding: 7px 10px;
}
QPushButton[look="nav"]:hover { background: $hover; }
QPushButton[look="nav"]:checked { background: $hover; font-weight: 600; }
QPushButton[look="nav"]:focus { border: 2px solid $accent; padding: 6px 9px; }
QPushButton[look="example"] { text-align: left; padding: 12px 16px; border-radius: 12px; border-color: $border; }
QPushButton[look="example"]:focus { border: 2px solid $accent; padding: 11px 15px; }
QPushButton[look="chip"] {
    background: $accent_soft; color: $accent; border: 1px solid transparent; border-radius: 11px; padding: 2px 10px;
    font-size: $small;
}
QPushButton[look="chip"]:hover { border-color: $accent; }
QPushButton[look="chip"]:focus { border: 2px solid $accent; padding: 1px 9px; }
QPushButton[look="chip"]:disabled { background: $hover; color: $muted; text-decoration: line-through; }
QPushButton[look="chip-gone"] {
    background: $hover; color: $muted; border: 1px solid transparent; border-radius: 11px; padding: 2px 10px;
    font-size: $small; text-decoration: line-through;
}
QToolButton[look="toggle"] {
    background: transparent; color: $muted; border: 1px solid $border; border-radius: 13px; padding: 2px 10px;
    font-size: $small; text-decoration: line-through;
}
QToolButton[look="toggle"]:checked {
    background: $accent_soft; color: $accent; border-color: transparent; text-decoration: none;
}
QToolButton[look="toggle"]:focus { border: 2px solid $accent; padding: 1px 9px; }
QToolButton[look="send"] {
    background: $accent; border: 1px solid $accent; border-radius: 17px; min-width: 32px; min-height: 32px;
    padding: 0;
}
QToolButton[look="send"]:hover { background: $accent_hover; }
QToolButton[look="send"]:focus { border: 2px solid $text; padding: 0; }
QToolButton[look="send"]:disabled { background: $hover; border-color: $hover; }

QLineEdit, QPlainTextEdit[look="field"], QSpinBox, QDoubleSpinBox, QComboBox {
    background: $surface; border: 1px solid $border_strong; border-radius: 8px; padding: 6px 10px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:focus, QPlainTextEdit[look="field"]:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {
    border: 2px solid $accent; padding: 5px 9px;
}
QPlainTextEdit[look="bare"], QTextBrowser[look="bare"], QPlainTextEdit[look="code"] {
    background: transparent; border: none;
}
QTextBrowser, QPlainTextEdit { selection-background-color: $accent; selection-color: $on_accent; }
QTextBrowser[look="field"] { background: $surface; border: 1px solid $border; border-radius: 10px; padding: 12px; }

QListView { background: transparent; border: none; outline: none; }
QListView[look="field"] { background: $surface; border: 1px solid $border_strong; border-radius: 8px; padding: 4px; }
QListView[look="field"]:focus { border: 2px solid $accent; padding: 3px; }
QListView::item { border-radius: 8px; padding: 7px 10px; margin: 1px 0; border: 2px solid transparent; }
QListView::item:hover { background: $hover; }
QListView::item:selected { background: $accent_soft; color: $text; }
QListView::item:disabled { color: $muted; }
QListView::item:focus { border-color: $accent; }
QTableView {
    background: $surface; border: 1px solid $border; border-radius: 10px; gridline-color: $border; outline: none;
    selection-background-color: $accent_soft; selection-color: $text; alternate-background-color: $window;
}
QTableView::item { padding: 6px 8px; border: none; border-bottom: 1px solid $border; }
QTableView::item:selected { background: $accent_soft; color: $text; }
QTableView:focus { border: 2px solid $accent; }
QHeaderView { background: transparent; border: none; }
QComboBox::drop-down { border: none; width: 26px; }
QComboBox::down-arrow { image: url($icons/down-$shade.svg); width: 12px; height: 12px; }
QComboBox QAbstractItemView {
    background: $surface; border: 1px solid $border_strong; padding: 4px; outline: none;
    selection-background-color: $accent_soft; selection-color: $text;
}
QSpinBox::up-button, QDoubleSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::down-button {
    border: none; background: transparent; width: 22px;
}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url($icons/up-$shade.svg); width: 10px; height: 10px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url($icons/down-$shade.svg); width: 10px; height: 10px; }
QHeaderView::section {
    background: transparent; color: $muted; border: none; border-bottom: 1px solid $border; padding: 8px 11px;
    font-size: $small;
}
QTableCornerButton::section { background: transparent; border: none; }

QProgressBar { background: $hover; border: none; border-radius: 4px; max-height: 8px; min-height: 8px; }
QProgressBar::chunk { background: $accent; border-radius: 4px; }
QCheckBox, QRadioButton { spacing: 8px; padding: 3px; border: 2px solid transparent; border-radius: 6px; }
QCheckBox:focus, QRadioButton:focus { border-color: $accent; }
QCheckBox::indicator, QRadioButton::indicator {
    width: 14px; height: 14px; background: $surface; border: 1px solid $muted; border-radius: 4px;
}
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url($icons/check-$shade.svg); }
QRadioButton::indicator:checked { background: $accent; border-color: $accent; image: url($icons/dot-$shade.svg); }
QCheckBox:disabled, QRadioButton:disabled { color: $muted; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: $border_strong; }
QMenu { background: $surface; border: 1px solid $border_strong; border-radius: 8px; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 6px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QToolTip { background: $text; color: $window; border: none; padding: 5px 8px; }

QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[look="page"] { background: $window; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 2px; }
QScrollBar::handle { background: $border_strong; border-radius: 4px; min-height: 32px; min-width: 32px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: $border; }
"""
