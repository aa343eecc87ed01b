"""The answer being made."""

from typing import TYPE_CHECKING

from app.chat.turn_view import TurnView
from app.tasks import Job
from engine.chat.values import Comparing, Reading, Route, Routed

if TYPE_CHECKING:
    from engine.assistant import Assistant
    from engine.incognito import Incognito


class Live:
    """By whom it is made, where it is shown, and what has come of it so far. Of two drafts nothing is shown yet."""

    def __init__(
        self, partner: "Assistant | Incognito", view: TurnView | None, thread_id: str | None, question: str
    ) -> None:
        self.partner = partner
        self.view = view
        self.thread_id = thread_id
        self.turn_id: str | None = None
        self.question = question
        self.moved = False
        self.learns = True
        self.answer = ""
        self.is_compared = False
        self.route: Route | None = None
        self.reading: Reading | None = None
        self.job: Job | None = None

    def begin(self, event: Routed | Comparing) -> None:
        """The turn has an id."""
        self.turn_id, self.is_compared = event.turn_id, isinstance(event, Comparing)
        self.route = event.route if isinstance(event, Routed) else None

    def show(self) -> None:
        """Show how far it is, where it is shown."""
        if self.view is None:
            return
        if self.is_compared:
            self.view.expect_two()
        else:
            self.view.stream(self.answer, self.route)
            if self.reading is not None:
                self.view.show_reading(self.reading)
