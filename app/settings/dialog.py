"""The settings dialog: a field for each setting, its type and bounds read from where the setting is declared."""

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import inspect
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QHBoxLayout,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.learning.consent_dialog import once_agreed
from app.settings.menu_switch import MenuSwitch
from app.tasks import Tasks
from app.widgets.banner import ErrorBanner
from app.widgets.buttons import button
from app.widgets.labels import label
from engine.models.values import ModelDescription
from engine.settings import Settings
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant


_SECTIONS: Final = {"model": "answers", "passages": "documents", "train_unasked": "learning", "mask_names": "kept"}
"""Where a section begins."""
_EXPLAINED: Final = {"learning", "kept"}
_MOST_OF_A_SHARE: Final = 1.0
_FIELD_WIDTH: Final = 260


class SettingsDialog(QDialog):
    """Reads the settings and the models, and saves them together."""

    def __init__(self, assistant: "Assistant", tasks: Tasks, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("settings_dialog")
        self.setWindowTitle(say("window.settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._assistant = assistant
        self._tasks = tasks
        self._before = assistant.settings
        self.error = ErrorBanner()
        self._fields = {field.name: _field(field, self._before) for field in declared()}
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(12)
        column.addWidget(label(say("window.settings"), "heading"))
        column.addWidget(label(say("window.settings_note"), "muted"))
        column.addWidget(self._form(), 1)
        column.addWidget(self.error)
        column.addLayout(self._foot())
        self.resize(560, 600)
        tasks.run(assistant.models.listed, self._show_models, self.error.show_error, owner=self)

    def _form(self) -> QWidget:
        inside = QWidget()
        inside.setProperty("look", "page")
        form = QVBoxLayout(inside)
        form.setContentsMargins(0, 0, 12, 0)
        form.setSpacing(14)
        for name, field in self._fields.items():
            if name in _SECTIONS:
                form.addWidget(_section(_SECTIONS[name], is_first=form.isEmpty()))
            field.setAccessibleName(say(f"window.setting_{name}"))
            form.addWidget(_explained(field, name))
        form.addWidget(_section("file_menu", is_first=False))
        form.addWidget(MenuSwitch(self._tasks))
        form.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        return area

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(button("settings.cancel", say("window.cancel"), self.reject))
        save = button("settings.save", say("window.settings_save"), self._save, look="primary")
        save.setDefault(True)
        row.addWidget(save)
        return row

    def _show_models(self, models: list[ModelDescription]) -> None:
        field = self._fields["model"]
        if isinstance(field, QComboBox):
            for model in models:
                if field.findData(model.name) < 0:
                    field.addItem(model.title, model.name)
                else:
                    field.setItemText(field.findData(model.name), model.title)

    def _save(self) -> None:
        changed = msgspec.structs.replace(self._before, **{name: _value(field) for name, field in self._fields.items()})
        if changed == self._before:
            self.accept()
            return
        once_agreed(
            self,
            self._assistant,
            self._tasks,
            work=lambda: self._assistant.change_settings(changed),
            done=self.accept,
            failed=self.error.show_error,
            lane="quick",
        )


class ShareBox(QSpinBox):
    """A share, shown in percent; one between two percent stays what it is until it is changed."""

    def __init__(self, share: float, most: float) -> None:
        super().__init__()
        self.setRange(0, round(most * 100))
        self.setSingleStep(5)
        self.setSuffix(say("window.setting_percent"))
        self.setValue(round(share * 100))
        self._share, self._shown = share, self.value()

    def share(self) -> float:
        return self._share if self.value() == self._shown else self.value() / 100


def declared() -> tuple[inspect.Field, ...]:
    """The settings as they are declared, in order."""
    described = inspect.type_info(Settings)
    assert isinstance(described, inspect.StructType)
    return described.fields


def _field(field: inspect.Field, settings: Settings) -> QWidget:
    value = getattr(settings, field.name)
    kind: Any = field.type.type if isinstance(field.type, inspect.Metadata) else field.type
    made: QWidget
    if isinstance(kind, inspect.IntType):
        made = QSpinBox()
        made.setRange(kind.ge or 0, kind.le or 2**31 - 1)
        made.setValue(value)
        made.setGroupSeparatorShown(True)
    elif isinstance(kind, inspect.FloatType) and (kind.le or 1e9) <= _MOST_OF_A_SHARE:
        made = ShareBox(value, kind.le or _MOST_OF_A_SHARE)
    elif isinstance(kind, inspect.FloatType):
        made = QDoubleSpinBox()
        made.setRange(kind.ge or 0.0, kind.le or 1e9)
        made.setSingleStep(0.1)
        made.setValue(value)
    elif isinstance(kind, inspect.BoolType):
        made = QCheckBox(say(f"window.setting_{field.name}"))
        made.setChecked(value)
    else:
        made = QComboBox()
        made.addItem(str(value), value)
    if isinstance(made, QAbstractSpinBox):
        made.lineEdit().setTextMargins(8, 0, 0, 0)
    made.setObjectName(f"settings.{field.name}")
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return made


def _section(name: str, *, is_first: bool) -> QWidget:
    """A heading, and where there is something to say what holds for all below it."""
    both = QWidget()
    column = QVBoxLayout(both)
    column.setContentsMargins(0, 0 if is_first else 14, 0, 0)
    column.setSpacing(3)
    column.addWidget(label(say(f"window.settings_{name}"), "strong"))
    if name in _EXPLAINED:
        column.addWidget(label(say(f"window.settings_{name}_words"), "muted"))
    return both


def _explained(field: QWidget, name: str) -> QWidget:
    """The field between its name, which a check box has itself, and its help."""
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    if not isinstance(field, QCheckBox):
        name_above = label(say(f"window.setting_{name}"))
        name_above.setBuddy(field)
        field.setMinimumWidth(_FIELD_WIDTH)
        column.addWidget(name_above)
    column.addWidget(field, 0, Qt.AlignmentFlag.AlignLeft)
    if name != "model":
        column.addWidget(label(say(f"window.setting_{name}_help"), "small"))
    return whole


def _value(field: QWidget) -> Any:
    if isinstance(field, ShareBox):
        return field.share()
    if isinstance(field, (QSpinBox, QDoubleSpinBox)):
        return field.value()
    if isinstance(field, QCheckBox):
        return field.isChecked()
    assert isinstance(field, QComboBox)
    return field.currentData()
