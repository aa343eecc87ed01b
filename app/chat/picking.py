"""Takes the owner's choice between two drafts to the assistant, and shows what goes on from it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal

from app.chat.thread_view import ThreadView
from app.tasks import Tasks
from engine.chat.values import Turn
from engine.errors import HearthsideError
from engine.learning.values import Choice
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant


class Picking(QObject):
    """`told` carries a sentence for the bar at the bottom; `failed` what went wrong, and the left draft stands."""

    told = Signal(str)
    failed = Signal(object)

    def __init__(self, assistant: "Assistant", tasks: Tasks, turns: ThreadView, leave: Callable[[], None]) -> None:
        """`leave` takes the keyboard elsewhere, before the buttons go."""
        super().__init__(turns)
        self._assistant = assistant
        self._tasks = tasks
        self._turns = turns
        self._leave = leave
        turns.picked.connect(self._pick)

    def go_on(self, thread_id: str | None) -> bool:
        """End a choice that is open in a conversation without one; whether it was."""
        is_open = self._turns.offered_in(thread_id)
        if is_open:
            self._leave()
            self._turns.settle()
        return is_open

    def _pick(self, turn_id: str, choice: str) -> None:
        """By the left one's turn; "" says nothing of either."""
        self._leave()
        if choice:
            self._tasks.run(lambda: self._chosen(turn_id, cast("Choice", choice)), self._on_chosen, self._on_failed)
        else:
            self._turns.settle()

    def _chosen(self, turn_id: str, choice: Choice) -> tuple[Turn, str]:
        turn = self._assistant.choose(turn_id, choice)
        refusal = self._assistant.learning.refusal(turn)
        return turn, say("chat_page.picked" if refusal is None else f"chat_page.refused_{refusal}")

    def _on_chosen(self, chosen: tuple[Turn, str]) -> None:
        turn, words = chosen
        self._turns.settle(turn)
        self.told.emit(words)

    def _on_failed(self, error: HearthsideError) -> None:
        self._turns.settle()
        self.failed.emit(error)
