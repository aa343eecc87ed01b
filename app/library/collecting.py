"""What is done with collections on the library page: made, changed, deleted, and given what is chosen there."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from app.library.collection_dialog import CollectionDialog, Save
from app.library.collections_bar import CollectionsBar
from app.style import icons
from app.tasks import Tasks
from app.widgets.confirm import confirm
from engine.errors import HearthsideError
from engine.library.values import Collection, Root
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant


class Collecting:
    """`changed` is called when collections are others than before, `failed` with what went wrong."""

    def __init__(
        self,
        assistant: "Assistant",
        tasks: Tasks,
        page: QWidget,
        bar: CollectionsBar,
        *,
        changed: Callable[[], None],
        failed: Callable[[HearthsideError], None],
    ) -> None:
        self._assistant = assistant
        self._tasks = tasks
        self._page = page
        self._bar = bar
        self._changed = changed
        self._failed = failed
        self._collections: list[Collection] = []
        self._roots: list[str] = []
        bar.opened.connect(self.open)

    def show(self, collections: Sequence[Collection], roots: Sequence[Root]) -> None:
        """These are there now."""
        self._collections, self._roots = list(collections), [root.path for root in roots]
        self._bar.show_collections(collections)
        self._bar.setVisible(bool(collections or roots))

    def offer(self, places: Sequence[str], beside: QWidget) -> None:
        """Open the menu of what these folders and files may be put into."""
        menu = QMenu(beside)
        menu.setObjectName("library.collect_menu")
        for one in self._collections:
            menu.addAction(
                icons.icon("collection", "muted"), one.name.replace("&", "&&"), partial(self._put, one, list(places))
            )
        menu.addSeparator()
        menu.addAction(icons.icon("plus"), say("library_page.new_collection"), partial(self.open, None, list(places)))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(beside.mapToGlobal(QPoint(0, beside.height())))

    def open(self, collection: Collection | None, places: Sequence[str] = ()) -> None:
        """The dialog of one, or of one to be made of `places`."""
        collections = self._assistant.library.collections
        save: Save = collections.new if collection is None else partial(collections.change, collection.id)
        CollectionDialog(
            self._page,
            self._tasks,
            collection=collection,
            places=places if collection is None else collection.places,
            roots=self._roots,
            save=save,
            done=self._changed,
            delete=lambda: None if collection is None else self._ask_delete(collection),
        ).open()

    def _put(self, one: Collection, places: list[str]) -> None:
        self._do(lambda: self._assistant.library.collections.put(one.id, places))

    def _ask_delete(self, one: Collection) -> None:
        confirm(
            self._page,
            title=say("library_page.collection_delete_title"),
            message=say("library_page.collection_delete_words", name=one.name),
            accept=say("library_page.collection_delete"),
            accepted=lambda: self._do(lambda: self._assistant.library.collections.delete(one.id)),
            danger=True,
        )

    def _do(self, work: Callable[[], object]) -> None:
        self._tasks.run(work, lambda _done: self._changed(), self._failed)
