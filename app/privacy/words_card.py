"""The owner's private words, on the privacy page: a field to add one, and each with a button that takes it off."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.tasks import Tasks
from app.widgets.buttons import button, tool
from app.widgets.labels import label
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant


class WordsCard(QFrame):
    """`failed` carries what kept a change from being made."""

    failed = Signal(object)

    def __init__(self, assistant: "Assistant", tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("privacy.words")
        self.setProperty("look", "card")
        self._words = assistant.private_words
        self._tasks = tasks
        self.field = QLineEdit()
        self.field.setObjectName("privacy.word")
        self.field.setPlaceholderText(say("privacy_page.word_placeholder"))
        self.field.setAccessibleName(say("privacy_page.word_placeholder"))
        self.field.returnPressed.connect(self._add)
        add = button("privacy.word_add", say("privacy_page.word_add"), self._add, look="primary")
        add.setEnabled(False)
        self.field.textChanged.connect(lambda text: add.setEnabled(bool(text.strip())))
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        row.addWidget(add)
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(10)
        column.addWidget(label(say("privacy_page.words_note"), "muted"))
        column.addLayout(row)
        column.addLayout(self._list)

    def reload(self) -> None:
        self._tasks.run(self._words.all, self._show, self.failed.emit, replaces="privacy.words")

    def _show(self, words: Sequence[str]) -> None:
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for word in words:
            self._list.addWidget(self._row(word))

    def _row(self, word: str) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label(word, name="privacy.kept_word"), 1)
        take_off = say("privacy_page.word_remove", word=word)
        row.addWidget(tool("privacy.word_remove", "delete", take_off, lambda: self._remove(word)))
        return made

    def _add(self) -> None:
        word = self.field.text().strip()
        if word:
            self._change(lambda: self._words.add(word), self.field.clear)

    def _remove(self, word: str) -> None:
        self._change(lambda: self._words.remove(word), lambda: None)

    def _change(self, work: Callable[[], None], done: Callable[[], None]) -> None:
        def changed(_none: None) -> None:
            done()
            self.reload()

        self._tasks.run(work, changed, self.failed.emit)
