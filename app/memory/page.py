"""The memory page's behaviour: preferences and corrections in two lists; a deletion can be undone."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.memory.entry_card import EntryCard
from app.tasks import Tasks
from app.widgets.banner import ErrorBanner
from app.widgets.buttons import button
from app.widgets.labels import label
from app.widgets.pages import ScrollPage
from engine.memory.values import Entry, EntryKind
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant

_BATCH = 50
T = TypeVar("T")


class MemoryPage(ScrollPage):
    """`undoable` carries a sentence and what takes it back."""

    undoable = Signal(str, object)

    def __init__(self, assistant: "Assistant", tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__("memory", say("window.page_memory"), say("memory_page.words"), parent)
        self._assistant = assistant
        self._tasks = tasks
        self._entries: list[Entry] = []
        self._in_sight = _BATCH
        self.error = ErrorBanner()
        self.field = QLineEdit()
        self.field.setObjectName("memory.preference")
        self.field.setPlaceholderText(say("memory_page.placeholder"))
        self.field.setAccessibleName(say("memory_page.placeholder"))
        self.field.returnPressed.connect(self._add)
        self._add_button = button("memory.add", say("memory_page.add"), self._add, look="primary")
        self._add_button.setEnabled(False)
        self.field.textChanged.connect(lambda text: self._add_button.setEnabled(bool(text.strip())))
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        row.addWidget(self._add_button)
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        self._more = button("memory.more", say("memory_page.more"), self._show_more, look="quiet")
        self.column.addWidget(self.error)
        self.column.addLayout(row)
        self.column.addLayout(self._list)
        self.column.addWidget(self._more)
        self.column.addStretch(1)
        self.setFocusProxy(self.field)

    def reload(self) -> None:
        """Read what is remembered anew."""
        self._tasks.run(self._assistant.memory.entries, self._show, self.error.show_error, replaces="memory.entries")

    def _show(self, entries: Sequence[Entry]) -> None:
        if list(entries) == self._entries and self._list.count():
            return
        self._entries = list(entries)
        self._build()

    def _build(self) -> None:
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        shown = sorted(self._entries, key=lambda entry: entry.kind is not EntryKind.PREFERENCE)[: self._in_sight]
        for kind in EntryKind:
            of_kind = [entry for entry in shown if entry.kind is kind]
            if of_kind:
                self._list.addSpacing(6)
                self._list.addWidget(label(say(f"memory_page.kind_{kind.value}"), "heading"))
            for entry in of_kind:
                self._list.addWidget(self._card(entry))
        if not shown:
            self._list.addSpacing(24)
            self._list.addWidget(label(say("memory_page.empty_title"), "heading", name="memory.empty"))
            self._list.addWidget(label(say("memory_page.empty_words"), "muted"))
        self._more.setVisible(len(self._entries) > self._in_sight)

    def _card(self, entry: Entry) -> EntryCard:
        made = EntryCard(entry)
        made.edited.connect(self._edit)
        made.deleting.connect(self._delete)
        return made

    def _show_more(self) -> None:
        self._in_sight += _BATCH
        self._build()

    def _add(self) -> None:
        text = self.field.text().strip()
        if text:
            self._change(lambda: self._assistant.memory.prefer(text), lambda _entry: self.field.clear())

    def _edit(self, entry_id: str, text: str) -> None:
        self._change(lambda: self._assistant.memory.edit(entry_id, text), lambda _entry: None)

    def _delete(self, entry_id: str) -> None:
        def deleted(entry: Entry) -> None:
            words = say("memory_page.deleted", text=" ".join(entry.text.split()))
            self.undoable.emit(words, lambda: self._restore(entry))

        self._change(lambda: self._assistant.memory.delete(entry_id), deleted)

    def _restore(self, entry: Entry) -> None:
        self._change(lambda: self._assistant.memory.restore(entry), lambda _none: None)

    def _change(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        def changed(result: T) -> None:
            self.error.hide()
            done(result)
            self.reload()

        self._tasks.run(work, changed, self.error.show_error)
