"""The chat page's behaviour: one answer at a time, on its lane; what the owner does to a turn, on the quick one."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.chat.composer import Composer
from app.chat.empty import EmptyChat
from app.chat.incognito_notice import IncognitoNotice
from app.chat.live import Live
from app.chat.picking import Picking
from app.chat.scoping import Kept, Scoping
from app.chat.thread_view import ThreadView
from app.chat.turn_view import Act
from app.chat.while_writing import WhileWriting
from app.style.theme import Theme
from app.tasks import Tasks
from app.viewer.viewer import Viewer
from app.widgets.banner import ErrorBanner
from engine.chat.values import Answered, Compared, Comparing, Delta, Reading, Routed, Turn, TurnEvent
from engine.errors import HearthsideError
from engine.learning.values import Returned, SignalKind
from engine.progress import Control
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant
    from engine.incognito import Incognito

Events = Iterator[TurnEvent]
_SIGNS: dict[Act, SignalKind] = {Act.COPIED: "copied", Act.OPENED: "citation_opened"}
_SCROLL_BAR = 12
_WIDTH = 820
_BOTH = 640


class ChatPage(QWidget):
    """`threads_changed` when the list of conversations must be read anew; `thread_shown` names the one on the page;
    `told` carries a sentence for the bar at the bottom; `wants_library` opens the library."""

    threads_changed = Signal()
    thread_shown = Signal(str)
    told = Signal(str)
    wants_library = Signal()

    def __init__(self, assistant: "Assistant", tasks: Tasks, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chat")
        self.setProperty("look", "page")
        self._assistant = assistant
        self._tasks = tasks
        self._live: Live | None = None
        self._learns = True
        self._incognito: Incognito | None = None
        self.thread_id: str | None = None
        self.error = ErrorBanner()
        self.notice = IncognitoNotice()
        self.empty = EmptyChat()
        self.turns = ThreadView(theme, tasks)
        self.composer = Composer()
        self.passage = Viewer(assistant, tasks, theme)
        self._picking = Picking(assistant, tasks, self.turns, self.composer.question.setFocus)
        self._scoping = Scoping(
            assistant,
            tasks,
            self.composer.scope,
            at=lambda: (self._partner, self.thread_id),
            back=self.composer.question.setFocus,
            failed=self.error.show_error,
        )
        self._lay_out()
        self._connect()
        self.new_thread()

    def new_thread(self) -> None:
        """An empty page; the thread begins with its first question."""
        self._leave_incognito()
        self._show_thread(None, [])
        self._scoping.clear()
        self._tasks.run(
            lambda: self._assistant.library.counts()[0],
            self.empty.set_documents,
            lambda _error: None,
            replaces="chat.thread",
        )
        self.composer.question.setFocus()

    def new_incognito(self) -> None:
        """An empty page of a chat that is kept nowhere. It is made here, not on a lane (in about a millisecond): a
        question sent right after must not slip into a chat that is kept."""
        self.new_thread()
        self._incognito = self._assistant.incognito()
        self.follow_learning()
        self.notice.show()

    def open_thread(self, thread_id: str) -> None:
        """Show a conversation that is kept; one that is not is left for it."""
        self._leave_incognito()
        self._read(thread_id)

    def offer_scope(self) -> None:
        """Open the choice of what to search in."""
        if self.composer.search_in.isEnabled():
            self._scoping.offer(self.composer)

    def limit_to(self, places: Sequence[str]) -> None:
        """Ask the next question of these folders and files alone."""
        self._scoping.limit_to(places)

    def reload(self) -> None:
        """Read the thread on the page anew."""
        if self.thread_id is not None:
            self._read(self.thread_id)

    def follow_learning(self) -> None:
        """Show whether this chat is learned from. A new one is, until its owner says otherwise."""
        learning, thread_id = self._assistant.learning, self.thread_id
        incognito, learns = self._incognito is not None, self._learns

        def look() -> bool | None:
            if not learning.enabled or incognito:
                return None
            return learns if thread_id is None else learning.learns_from(thread_id)

        self._tasks.run(look, self.composer.show_learning, lambda _error: None, replaces="chat.learning")

    def ask(self, question: str) -> None:
        """Put `question` to the assistant at the end of this thread."""
        if self._live is not None:
            return
        partner, thread_id, options = self._partner, self.thread_id, self.composer.options
        if self._incognito is None and self._learns:
            options = replace(options, compare="drawn")
        self._picking.go_on(thread_id)
        self._stack.setCurrentWidget(self.turns)
        view = self.turns.append(question)
        live = Live(partner, view, thread_id, question)
        live.learns = self._learns
        self._answer(
            live,
            lambda control: partner.chat.ask(question, thread_id=thread_id, options=options, control=control),
        )

    def stop(self) -> None:
        """Stop the answer being made; or else go on without choosing between two that were."""
        if self._live is not None and self._live.job is not None:
            self._live.job.cancel()
        elif self.isVisible():
            self._picking.go_on(self.thread_id)

    def _pause(self, wanted: bool) -> None:
        if self._live is not None and self._live.job is not None:
            control = self._live.job.control
            control.pause() if wanted else control.resume()

    @property
    def incognito(self) -> "Incognito | None":
        """The chat on this page, if it is one that is kept nowhere."""
        return self._incognito

    @property
    def _partner(self) -> "Assistant | Incognito":
        """Who answers on this page, and hears what the owner thinks of it."""
        return self._incognito or self._assistant

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.turns)
        middle = QWidget()
        beneath = QVBoxLayout(middle)
        beneath.setContentsMargins(24, 6, 24, 18)
        beneath.addWidget(self.error)
        beneath.addWidget(self.composer)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._beside_the_turns(self.notice))
        column.addWidget(self._stack, 1)
        column.addLayout(self._beside_the_turns(middle))
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._left = left
        self._splitter.addWidget(left)
        self._splitter.addWidget(self.passage)
        self._splitter.setStretchFactor(0, 3)
        self._splitter.setStretchFactor(1, 2)
        self.passage.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._splitter)

    def _beside_the_turns(self, widget: QWidget) -> QHBoxLayout:
        """`widget` as wide as the turns, and in line with them when their scroll bar comes and goes."""
        widget.setMaximumWidth(_WIDTH)
        centred = QHBoxLayout()
        self.turns.verticalScrollBar().rangeChanged.connect(
            lambda _least, most: centred.setContentsMargins(0, 0, _SCROLL_BAR if most else 0, 0)
        )
        centred.addStretch(1)
        centred.addWidget(widget, 100)
        centred.addStretch(1)
        return centred

    def _connect(self) -> None:
        self.composer.sent.connect(self.ask)
        self.composer.stopped.connect(self.stop)
        self.composer.paused.connect(self._pause)
        self.composer.learn_wanted.connect(self._learn)
        self.composer.scope_wanted.connect(self.offer_scope)
        writing = WhileWriting(self._assistant.learning.make_way, self)
        self.composer.question.textChanged.connect(writing.on_key)
        self.empty.picked.connect(self.ask)
        self.empty.wants_documents.connect(self.wants_library)
        self.turns.acted.connect(self._on_acted)
        self.turns.cited.connect(self.passage.open_citation)
        self.passage.opening.connect(self._make_room)
        self.passage.failed.connect(self.error.show_error)
        self._picking.told.connect(self.told)
        self._picking.failed.connect(self.error.show_error)
        self.passage.closed.connect(self._close_passage)

    def _leave_incognito(self) -> None:
        """Let go of a chat that is kept nowhere, once all that was begun in it is at rest on its lane."""
        left, self._incognito = self._incognito, None
        if left is None:
            return
        if self._live is not None and self._live.partner is left:
            self.stop()
        self._tasks.run(lambda: None, lambda _none: self._tasks.run(left.close, lane="answer"))
        if self.thread_id is not None:
            self.told.emit(say("chat_page.incognito_gone"))
        self.notice.hide()
        self.composer.question.clear()  # a question not sent yet was meant for no other chat
        self._scoping.clear()
        self._show_thread(None, [])

    def _read(self, thread_id: str) -> None:
        partner = self._partner

        def show(read: tuple[list[Turn], Kept]) -> None:
            turns, kept = read
            self._show_thread(thread_id, turns)
            self._scoping.show(kept)

        self._tasks.run(
            lambda: (partner.chat.turns(thread_id), self._scoping.kept(partner, thread_id)),
            show,
            self.error.show_error,
            replaces="chat.thread",
        )

    def _show_thread(self, thread_id: str | None, turns: Sequence[Turn]) -> None:
        if thread_id != self.thread_id:
            self.error.hide()
            self._put_passage_away()
        self.thread_id, self._learns = thread_id, True
        self.follow_learning()
        live = self._live
        if live is not None and live.thread_id == thread_id and thread_id is not None:
            self.turns.show_turns([turn for turn in turns if turn.id != live.turn_id])
            if live.view is None or live.view not in self.turns.views:
                live.view = self.turns.append(live.question)
                live.moved = True
                live.show()
        else:
            if live is not None:
                live.view = None
            self.turns.show_turns(turns)
        self._stack.setCurrentWidget(self.turns if turns or self.turns.views else self.empty)
        self.thread_shown.emit(thread_id or "")

    def _answer(self, live: Live, ask: Callable[[Control], Events]) -> None:
        def work(tell: Callable[[TurnEvent], None], control: Control) -> None:
            for event in ask(control):
                tell(event)

        self.error.hide()
        self._live = live
        self.composer.set_answering(True)
        live.job = self._tasks.start(
            work,
            kind="answer" if live.partner is self._assistant else "incognito",
            lane="answer",
            observe=self._on_events,
            done=lambda _none: self._end(),
            failed=self._on_failed,
        )

    def _on_events(self, events: Sequence[TurnEvent]) -> None:
        live = self._live
        if live is None:
            return
        for event in events:
            if isinstance(event, Routed | Comparing):
                self._begin(live, event)
            elif isinstance(event, Delta):
                live.answer += event.text
            elif isinstance(event, Reading):
                live.reading = event
                self.composer.let_pause()
        last = events[-1]
        if isinstance(last, Compared):
            self.turns.offer(last, live.view)
        elif live.view is not None and isinstance(last, Answered):
            live.view.show_turn(last.turn)
        else:
            live.show()

    def _begin(self, live: Live, event: Routed | Comparing) -> None:
        live.begin(event)
        if live.thread_id is None and live.view is not None:
            self.thread_id = event.thread_id
            self.thread_shown.emit(event.thread_id)
        if live.thread_id is None and not live.learns:
            self._say_learns(event.thread_id, False)
        live.thread_id = event.thread_id
        self.threads_changed.emit()

    def _learn(self, wanted: bool) -> None:
        """Let this chat teach or keep it out; of a chat that has not begun it is said as soon as it does."""
        self._learns = wanted
        if self.thread_id is not None:
            self._say_learns(self.thread_id, wanted)

    def _say_learns(self, thread_id: str, wanted: bool) -> None:
        learning = self._assistant.learning
        words = say("chat_page.learned_from" if wanted else "chat_page.not_learned_from")
        self._tasks.run(
            lambda: learning.set_learns_from(thread_id, wanted),
            lambda _none: self.told.emit(words),
            self._on_learn_failed,
        )

    def _on_learn_failed(self, error: HearthsideError) -> None:
        self.error.show_error(error)
        self.follow_learning()

    def _end(self) -> None:
        live, self._live = self._live, None
        if live is not None and live.partner is self._assistant and (turn_id := live.turn_id) is not None:
            self._unnoticed(lambda: self._assistant.heed(turn_id))
        if live is not None and live.moved and live.thread_id == self.thread_id and self.thread_id is not None:
            self._read(self.thread_id)
        self.composer.set_answering(False)
        self.threads_changed.emit()

    def _on_failed(self, error: HearthsideError) -> None:
        live = self._live
        self._end()
        self.error.show_error(error)
        if live is None or live.view is None:
            return
        if live.turn_id is None:
            self.composer.give_back(live.question)
        if self.thread_id is not None:
            self._read(self.thread_id)
        else:
            self._show_thread(None, [])

    def _on_acted(self, act: str, turn_id: str, text: str) -> None:
        partner = self._partner
        match Act(act):
            case Act.REGENERATE:
                self._again(turn_id, None)
            case Act.EDIT:
                self._again(turn_id, text)
            case Act.CORRECT:
                self._change(lambda: partner.correct(turn_id, text), "correction")
            case Act.UP:
                self._rate(turn_id, "up")
            case Act.DOWN:
                self._rate(turn_id, "down")
            case Act.UNRATE:
                self._rate(turn_id, None)
            case Act.PREFER:
                self._change(lambda: partner.prefer(turn_id), "preference")
            case Act.CHOOSE:
                self._choose(text)
            case Act.COPIED | Act.OPENED as done:
                self._note(turn_id, _SIGNS[done])

    def _note(self, turn_id: str, kind: SignalKind) -> None:
        """Keep what was done with an answer, of a chat that is kept."""
        if self._incognito is None:
            self._unnoticed(lambda: self._assistant.note(turn_id, kind))

    def _unnoticed(self, work: Callable[[], None]) -> None:
        """Nobody waits for it, or asked for it: no answer fails with it, and nothing is said."""
        self._tasks.run(work, failed=lambda _error: None, lane="upkeep")

    def _again(self, turn_id: str, question: str | None) -> None:
        """Another answer to a turn, to its own question, of what that was asked of, or to an edited one, of what is
        chosen now; a sibling, nothing is overwritten."""
        view = self.turns.view_of(turn_id)
        if self._live is not None or view is None:
            return
        partner, options = self._partner, self.composer.options
        self.turns.truncate_after(turn_id)
        self.composer.question.setFocus()
        view.begin_again(question or view.question)

        def ask(control: Control) -> Events:
            if question is None:
                as_before = replace(options, scope=None)
                return partner.chat.regenerate(turn_id, options=as_before, control=control)
            return partner.chat.edit(turn_id, question, options=options, control=control)

        self._answer(Live(partner, view, self.thread_id, view.question), ask)

    def _rate(self, turn_id: str, rating: Literal["up", "down"] | None) -> None:
        partner, noted = self._partner, "" if self._incognito is None else say("chat_page.incognito_noted")

        def done(rated: tuple[Turn, Returned | None]) -> None:
            turn, returned = rated
            self._show_changed(turn, noted if returned is None else say("chat_page.adapter_returned"))

        self._tasks.run(lambda: partner.rate(turn_id, rating), done, self._on_change_failed)

    def _change(self, work: Callable[[], Turn], what: str) -> None:
        """Do what was said of an answer, and tell that it was kept, and why not to learn from."""

        incognito = self._incognito is not None

        def change() -> tuple[Turn, str]:
            turn = work()
            if incognito:
                return turn, say("chat_page.incognito_noted")
            refusal = self._assistant.learning.refusal(turn)
            kept = say(f"chat_page.{what}_kept")
            return turn, kept if refusal in {None, "off"} else f"{kept} {say(f'chat_page.refused_{refusal}')}"

        self._tasks.run(change, lambda done: self._show_changed(*done), self._on_change_failed)

    def _show_changed(self, turn: Turn, words: str) -> None:
        self.error.hide()
        if (view := self.turns.view_of(turn.id)) is not None:
            view.show_turn(turn)
        if words:
            self.told.emit(words)

    def _on_change_failed(self, error: HearthsideError) -> None:
        self.error.show_error(error)
        for view in self.turns.views:
            if view.turn is not None and (self._live is None or view is not self._live.view):
                view.show_turn(view.turn)

    def _choose(self, turn_id: str) -> None:
        partner = self._partner
        if self._live is None:
            self._tasks.run(
                lambda: partner.chat.choose(turn_id),
                lambda turns: self._show_thread(self.thread_id, turns),
                self.error.show_error,
                replaces="chat.thread",
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share(reading=not self.passage.isHidden())

    def _make_room(self) -> None:
        """For a passage that was not on show."""
        if self.passage.isHidden():
            self._splitter.setSizes([self.width() // 2, self.width() // 2])
        self._share(reading=True)

    def _share(self, *, reading: bool) -> None:
        """A passage stands beside the turns, or, where there is no room for both, in their place."""
        self._left.setVisible(not reading or self.width() >= _BOTH)

    def _close_passage(self) -> None:
        self._put_passage_away()
        self.composer.question.setFocus()

    def _put_passage_away(self) -> None:
        self.passage.put_away()
        self._share(reading=False)
