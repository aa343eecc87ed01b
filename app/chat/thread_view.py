"""The turns of one thread, built from the last one up, one an event-loop pass, so that a long thread opens at once."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.chat.turn_view import TurnView
from app.style.theme import Theme
from app.tasks import Tasks
from app.widgets.buttons import button
from engine.chat.values import Compared, Turn
from engine.words import say

_SHOWN = 30
_WIDTH = 820
_NEAR = 48
_ABOVE = 12


class ThreadView(QScrollArea):
    """`acted`, `picked` and `cited` are those of every turn in it. Stays at the end while the reader is there."""

    acted = Signal(str, str, str)
    picked = Signal(str, str)
    cited = Signal(object)

    def __init__(self, theme: Theme, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chat.thread")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._theme = theme
        self._tasks = tasks
        self._views: list[TurnView] = []
        self._unbuilt: list[Turn] = []
        self._held: list[Turn] = []
        self._drafts: Compared | None = None
        self._from_end = 0
        self._follow = True
        self._earlier = button("chat.earlier", say("chat_page.earlier"), self._show_earlier, look="quiet")
        self._earlier.hide()
        inside = QWidget()
        inside.setMaximumWidth(_WIDTH)
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(24, 20, 24, 8)
        self._column.setSpacing(10)
        self._column.addWidget(self._earlier, 0, Qt.AlignmentFlag.AlignHCenter)
        self._column.addStretch(1)
        page = QWidget()
        page.setProperty("look", "page")
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(inside, 100)
        row.addStretch(1)
        self.setWidget(page)
        self._builder = QTimer(self, interval=0)
        self._builder.timeout.connect(self._build_one)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.verticalScrollBar().rangeChanged.connect(self._on_grown)

    @property
    def views(self) -> Sequence[TurnView]:
        return tuple(self._views)

    def show_turns(self, turns: Sequence[Turn]) -> None:
        """Show this branch; turns already on the page are kept as they are."""
        known = {view.turn.id: view for view in self._views if view.turn is not None}
        kept = {turn.id for turn in turns}
        for view in self._views:
            if view.turn is None or view.turn.id not in kept:
                self._remove(view)
        self._views = [view for view in self._views if view.turn is not None and view.turn.id in kept]
        if not self._views:
            self._follow = True
        for turn in turns:
            if turn.id in known and known[turn.id].turn != turn:
                known[turn.id].show_turn(turn)
        self._place_missing(turns, known)
        self._show_drafts()

    def offer(self, drafts: Compared, view: TurnView | None) -> None:
        """Offer the choice between two drafts, in `view` where that waits for them, and whenever the left one's turn is
        shown again."""
        self._drafts = drafts
        if view is not None:
            view.show_drafts(drafts.left, drafts.right)

    def offered_in(self, thread_id: str | None) -> bool:
        """Whether a choice is open in a conversation."""
        return self._drafts is not None and self._drafts.left.thread_id == thread_id

    def settle(self, turn: Turn | None = None) -> None:
        """End the choice: `turn` stands where it was offered, the left draft without one."""
        drafts, self._drafts = self._drafts, None
        if drafts is not None and (view := self.view_of(drafts.left.id)) is not None:
            view.show_turn(turn or drafts.left)

    def append(self, question: str) -> TurnView:
        """A new turn at the end, waiting for its answer."""
        view = self._made(question)
        self._views.append(view)
        self._column.insertWidget(self._column.count() - 1, view)
        self._follow = True
        return view

    def truncate_after(self, turn_id: str) -> TurnView | None:
        """Drop what follows the turn (another answer is being made for it); its view, where it is shown."""
        for index, view in enumerate(self._views):
            if view.turn is not None and view.turn.id == turn_id:
                for later in self._views[index + 1 :]:
                    self._remove(later)
                del self._views[index + 1 :]
                self._follow = True
                return view
        return None

    def view_of(self, turn_id: str) -> TurnView | None:
        return next((view for view in self._views if view.turn is not None and view.turn.id == turn_id), None)

    def _place_missing(self, turns: Sequence[Turn], known: dict[str, TurnView]) -> None:
        """Turns after the last kept one are added at the end now; earlier ones are built one by one."""
        held_ids = {turn.id for turn in self._held}
        new = [turn for turn in turns if turn.id not in known and turn.id not in held_ids]
        if self._views and self._views[-1].turn is not None:
            order = [turn.id for turn in turns]
            last = order.index(self._views[-1].turn.id)
            for turn in turns[last + 1 :]:
                self.append(turn.question).show_turn(turn)
            return
        self._held = list(new[:-_SHOWN])
        self._unbuilt = list(new[-_SHOWN:])
        self._earlier.setVisible(bool(self._held))
        self._builder.start()

    def _build_one(self) -> None:
        if not self._unbuilt:
            self._builder.stop()
            return
        turn = self._unbuilt.pop()
        view = self._made(turn.question)
        view.show_turn(turn)
        self._views.insert(0, view)
        self._column.insertWidget(1, view)
        self._show_drafts()

    def _show_earlier(self) -> None:
        self._unbuilt = self._held[-_SHOWN:]
        self._held = self._held[:-_SHOWN]
        self._earlier.setVisible(bool(self._held))
        self._follow = False
        self._from_end = self.verticalScrollBar().maximum() - self.verticalScrollBar().value()
        self._builder.start()

    def _offering(self) -> TurnView | None:
        """Where a choice is offered: it is read from its beginning."""
        return next((view for view in self._views if view.has_drafts), None)

    def _show_drafts(self) -> None:
        drafts = self._drafts
        if drafts is not None and (view := self.view_of(drafts.left.id)) is not None and not view.has_drafts:
            view.show_drafts(drafts.left, drafts.right)

    def _made(self, question: str) -> TurnView:
        view = TurnView(self._theme, self._tasks, question)
        view.acted.connect(self.acted)
        view.picked.connect(self.picked)
        view.cited.connect(self.cited)
        view.editing.connect(self._bring_into_sight)
        return view

    def _bring_into_sight(self, editor: QWidget) -> None:
        """Once the layout has made room for it."""
        self._follow = False
        QTimer.singleShot(0, editor, lambda: self.ensureWidgetVisible(editor))

    def _remove(self, view: TurnView) -> None:
        self._column.removeWidget(view)
        view.hide()
        view.deleteLater()

    def _on_scrolled(self, value: int) -> None:
        if not self._builder.isActive():
            self._follow = self.verticalScrollBar().maximum() - value < _NEAR

    def _on_grown(self, _least: int, most: int) -> None:
        if self._follow:
            top = self._offering()
            self.verticalScrollBar().setValue(most if top is None else min(most, top.y() - _ABOVE))
        elif self._builder.isActive():
            self.verticalScrollBar().setValue(most - self._from_end)
