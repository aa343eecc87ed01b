"""The groups that examples fall into: their names, edited in place, and a training for one of them."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.widgets.buttons import button, tool
from app.widgets.labels import label
from engine.learning.values import Domain
from engine.words import say

LONGEST_NAME = 60


class DomainsCard(QFrame):
    """`renamed` carries a group's id and its new name; `training` the id of the one to train for."""

    renamed = Signal(str, str)
    training = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("learning.domains")
        self.setProperty("look", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 12)
        column.setSpacing(6)
        column.addWidget(label(say("learning_page.domains"), "strong"))
        column.addWidget(label(say("learning_page.domains_words"), "muted"))
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        column.addLayout(self._rows)
        self._shown: list[Domain] = []
        self.lines: list[DomainRow] = []
        self.hide()

    def show_domains(self, domains: Sequence[Domain]) -> None:
        """One unnamed group is no grouping: there is nothing to see then."""
        if list(domains) != self._shown:
            self._shown = list(domains)
            focused = next((line.domain.id for line in self.lines if line.rename.hasFocus()), None)
            for old in self.lines:
                old.hide()
                old.deleteLater()
            self.lines = [self._line(domain) for domain in domains]
            for line in self.lines:
                if line.domain.id == focused:
                    line.rename.setFocus()
        self.setVisible(len(self._shown) > 1 or any(domain.named for domain in self._shown))

    def _line(self, domain: Domain) -> "DomainRow":
        line = DomainRow(domain)
        line.renamed.connect(self.renamed)
        line.training.connect(self.training)
        self._rows.addWidget(line)
        return line

    def allow(self, may_train: bool) -> None:
        for line in self.lines:
            line.train.setEnabled(may_train and line.domain.examples > 0)


class DomainRow(QWidget):
    """One group. Enter keeps a new name; Escape, or leaving the field, keeps the old one."""

    renamed = Signal(str, str)
    training = Signal(str)

    def __init__(self, domain: Domain) -> None:
        super().__init__()
        self.domain = domain
        self.setObjectName(f"learning.domain.{domain.id}")
        self._name = label(domain.name, name="domain.name")
        self._field = QLineEdit()
        self._field.setObjectName("domain.field")
        self._field.setAccessibleName(say("learning_page.domain_rename"))
        self._field.setMaxLength(LONGEST_NAME)
        self._field.returnPressed.connect(self._keep)
        self._field.installEventFilter(self)
        self._field.hide()
        self.rename = tool("domain.rename", "edit", say("learning_page.domain_rename"), self._open)
        self.train = button(
            "domain.train", say("learning_page.domain_train"), lambda: self.training.emit(self.domain.id)
        )
        self.train.setAccessibleName(say("learning_page.domain_train_named", name=domain.name))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(8)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._name)
        words.addWidget(self._field)
        words.addWidget(label(_counts(domain), "small", name="domain.counts"))
        row.addLayout(words, 1)
        row.addWidget(self.rename, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.train, 0, Qt.AlignmentFlag.AlignVCenter)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.FocusOut:
            self._close()
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self._close()
            self.rename.setFocus()
            return True
        return super().eventFilter(watched, event)

    def _open(self) -> None:
        self._field.setText(self.domain.name)
        self._field.selectAll()
        self._name.hide()
        self._field.show()
        self._field.setFocus()

    def _keep(self) -> None:
        name = self._field.text()
        self._close()
        self.rename.setFocus()
        if name != self.domain.name or not self.domain.named:
            self.renamed.emit(self.domain.id, name)

    def _close(self) -> None:
        self._field.hide()
        self._name.show()


def _counts(domain: Domain) -> str:
    more = max(0, domain.needed - domain.corrections)
    counts = say("learning_page.domain_counts", examples=domain.examples)
    rest = say("learning_page.domain_more" if more else "learning_page.domain_enough", more=more)
    own = f" · {say('learning_page.domain_in_use')}" if domain.adapter else ""
    return f"{counts} · {rest}{own}"
