"""The library page's behaviour: one indexing at a time on its own lane, a table that is read anew as it goes, and how
current the folders are, asked while the page is looked at."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.library.collecting import Collecting
from app.library.collections_bar import CollectionsBar
from app.library.drop_zone import DropPage, Invitation
from app.library.files_table import FilesTable
from app.library.following import Following
from app.library.index_sheet import IndexSheet, Wish
from app.library.roots_list import RootsList
from app.tasks import Job, Tasks
from app.widgets.banner import ErrorBanner
from app.widgets.buttons import button
from app.widgets.confirm import confirm
from app.widgets.labels import label
from app.widgets.work_card import WorkCard
from engine.errors import HearthsideError, InputRefused
from engine.library.values import Collection, FileReport, FileState, IndexReport, Kept, Root
from engine.progress import Control, Progress, Report
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant

_REREAD_MS = 1500


class LibraryPage(DropPage):
    """Folders and files, how each stands, and the work of reading them."""

    def __init__(self, assistant: "Assistant", tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("library")
        self.setProperty("look", "page")
        self._assistant = assistant
        self._tasks = tasks
        self._job: Job | None = None
        self._waiting: list[tuple[Wish, Callable[[], None] | None]] = []
        self._then: Callable[[], None] | None = None
        self.error = ErrorBanner()
        self.work = WorkCard("library")
        self.invitation = Invitation()
        self.roots = RootsList()
        self.table = FilesTable(tasks)
        self.collections = CollectionsBar()
        self._collecting = Collecting(
            assistant, tasks, self, self.collections, changed=self.reload, failed=self.error.show_error
        )
        self._summary = label(look="small", name="library.summary")
        self._reread = QTimer(self, interval=_REREAD_MS)
        self._reread.timeout.connect(self.reload)
        self._following = Following(assistant, tasks, self)
        self._following.told.connect(self._show_kept)
        self._lay_out()
        self.dropped.connect(self.offer)
        self.hovered.connect(lambda over: self.invitation.show_over(over=over))
        self.roots.removing.connect(self._ask_remove_root)
        self.roots.rescanning.connect(self.refresh)
        self.roots.teaching.connect(self._let_teach)
        self.roots.collecting.connect(lambda path, beside: self._collecting.offer([path], beside))
        self.table.removing.connect(self._ask_remove_files)
        self.table.collecting.connect(self._collecting.offer)
        QShortcut(QKeySequence("Ctrl+O"), self).activated.connect(self._choose_folder)

    def reload(self) -> None:
        """Read roots, collections and files anew."""
        library = self._assistant.library
        self._tasks.run(
            lambda: (library.roots(), library.collections.all(), library.files()),
            self._show,
            self._fail,
            replaces="library.files",
        )

    def offer(self, paths: Sequence[str], then: Callable[[], None] | None = None) -> None:
        """Ask before anything is read; once it was, call `then`."""
        sheet = IndexSheet(self._assistant, self._tasks, paths, self)
        sheet.chosen.connect(lambda wish: self._add(wish, then))
        sheet.open()

    def offer_removal(self, paths: Sequence[str]) -> None:
        """Ask before what was read of these is deleted; say so where nothing was."""
        library = self._assistant.library

        def ask(files: int) -> None:
            if files:
                self._ask_remove(paths, say("library_page.remove_files", count=files))
            else:
                self.error.show_error(InputRefused("root_absent", path=", ".join(paths)))

        self._tasks.run(lambda: sum(len(library.files(path)) for path in paths), ask, self._fail)

    def add(self, paths: Sequence[str], *, may_teach: bool | None = None, patterns: str | None = None) -> None:
        """Index these folders and files without asking; while others are being read, after them."""
        self._add(Wish(list(paths), may_teach, patterns))

    def _add(self, wish: Wish, then: Callable[[], None] | None = None) -> None:
        if self._job is not None:
            self._waiting.append((wish, then))
            return
        wanted = [Path(path) for path in wish.paths]
        library = self._assistant.library
        self._then = then
        self._index(
            lambda report, control: library.add(
                wanted, report=report, control=control, may_teach=wish.may_teach, patterns=wish.patterns
            ),
            "library_page.reading",
        )

    def refresh(self, root: str | None = None) -> None:
        """Look for new, changed and deleted files, everywhere or under this root."""
        if self._job is None:
            library = self._assistant.library
            self._index(
                lambda report, control: library.refresh(root, report=report, control=control),
                "library_page.refreshing",
            )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._following.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._following.stop()

    def _show_kept(self, before: Kept, kept: Kept) -> None:
        self.roots.show_standings(kept.standings)
        if kept.changes != before.changes or (self._following.reading and self._job is None):
            self.reload()
        if kept.trouble is not None and kept.trouble is not before.trouble:
            self.error.show_error(kept.trouble)

    def _lay_out(self) -> None:
        actions = QHBoxLayout()
        actions.setSpacing(8)
        actions.addWidget(
            button(
                "library.add_folder",
                say("library_page.add_folder"),
                self._choose_folder,
                look="primary",
                icon="folder",
                role="on_accent",
            )
        )
        actions.addWidget(button("library.add_files", say("library_page.add_files"), self._choose_files, icon="file"))
        self._refresh = button("library.refresh", say("library_page.refresh"), self.refresh, icon="refresh")
        actions.addWidget(self._refresh)
        actions.addWidget(self._following.pause)
        actions.addStretch(1)
        filled = QWidget()
        inside = QVBoxLayout(filled)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(12)
        inside.addWidget(self.roots)
        inside.addWidget(self.collections)
        inside.addWidget(self.table, 1)
        inside.addWidget(self._summary)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.invitation)
        self._stack.addWidget(filled)
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 26, 32, 18)
        column.setSpacing(12)
        column.addWidget(label(say("window.page_library"), "title"))
        column.addWidget(label(say("library_page.words"), "muted"))
        column.addLayout(actions)
        column.addWidget(self.error)
        column.addWidget(self.work)
        column.addWidget(self._stack, 1)

    def _index(self, work: Callable[[Report, Control], IndexReport], title: str) -> None:
        self.error.hide()
        self._refresh.setEnabled(False)
        self._job = self._tasks.start(
            work, kind="index", lane="library", observe=self._observe, done=self._on_indexed, failed=self._on_stopped
        )
        self.work.begin(self._job, say(title))
        self._reread.start()

    def _observe(self, told: Sequence[Progress]) -> None:
        now = told[-1]
        self.work.show_progress(done=now.done, total=now.total, eta_s=now.eta_s, detail=now.message)

    def _on_indexed(self, _report: IndexReport) -> None:
        self._end()

    def _on_stopped(self, error: HearthsideError) -> None:
        self._waiting.clear()
        self._then = None
        self._end()
        self.error.show_error(error)

    def _end(self) -> None:
        self._job = None
        self._reread.stop()
        self._refresh.setEnabled(True)
        self.work.end()
        self.reload()
        then, self._then = self._then, None
        if self._waiting:
            self._add(*self._waiting.pop(0))
        if then is not None:
            then()

    def _show(self, found: tuple[list[Root], list[Collection], list[FileReport]]) -> None:
        roots, collections, files = found
        self.roots.show_roots(roots)
        self._collecting.show(collections, roots)
        self.table.show_collections(collections)
        self.table.show_files(files)
        indexed = sum(file.state is FileState.INDEXED for file in files)
        chunks = sum(file.chunks for file in files)
        self._summary.setText(say("library_page.summary", files=len(files), indexed=indexed, chunks=chunks))
        self._refresh.setVisible(bool(roots))
        self._stack.setCurrentIndex(1 if roots or files else 0)

    def _fail(self, error: HearthsideError) -> None:
        self.error.show_error(error)

    def _choose_folder(self) -> None:
        self._choose(QFileDialog.FileMode.Directory, say("library_page.choose_folder"))

    def _choose_files(self) -> None:
        self._choose(QFileDialog.FileMode.ExistingFiles, say("library_page.choose_files"))

    def _choose(self, mode: QFileDialog.FileMode, title: str) -> None:
        dialog = QFileDialog(self, title, str(Path.home()))
        dialog.setObjectName("library.choose_dialog")
        dialog.setFileMode(mode)
        dialog.filesSelected.connect(self.offer)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_remove_root(self, root: Root) -> None:
        self._ask_remove([root.path], say("library_page.remove_root", files=root.files))

    def _let_teach(self, path: str, wanted: bool) -> None:
        def failed(error: HearthsideError) -> None:
            self.roots.show_roots([])
            self.reload()
            self.error.show_error(error)

        library = self._assistant.library
        self._tasks.run(lambda: library.let_teach(Path(path), wanted), lambda _none: self.reload(), failed)

    def _ask_remove_files(self, files: list[FileReport]) -> None:
        self._ask_remove([file.path for file in files], say("library_page.remove_files", count=len(files)))

    def _ask_remove(self, paths: Sequence[str], message: str) -> None:
        confirm(
            self,
            title=say("library_page.remove_title"),
            message=message,
            detail="\n".join(paths),
            accept=say("library_page.remove"),
            accepted=lambda: self._remove(paths),
            danger=True,
        )

    def _remove(self, paths: Sequence[str]) -> None:
        def remove() -> None:
            absent = None
            for path in paths:
                try:
                    self._assistant.library.remove(Path(path))
                except InputRefused as error:  # the others are still to go
                    absent = error
            if absent is not None:
                raise absent

        def failed(error: HearthsideError) -> None:
            self.reload()  # those before it are gone
            self._fail(error)

        self._tasks.run(remove, lambda _none: self.reload(), failed, lane="library")
