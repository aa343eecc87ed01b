"""Keeps the chips above the question and the scope of the conversation on the page the same."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.chat.scope_bar import ScopeBar
from app.chat.scope_choices import choices, place
from app.chat.scope_popup import ScopePopup
from app.tasks import Tasks
from engine.errors import HearthsideError
from engine.library.values import Scope, ScopePart

if TYPE_CHECKING:
    from engine.assistant import Assistant
    from engine.incognito import Incognito

Place = tuple["Assistant | Incognito", str | None]
Kept = tuple[Scope, list[ScopePart]]


class Scoping:
    """`at` tells who answers on the page and the conversation there, None where it has not begun; `back` gives the
    keyboard back to the question."""

    def __init__(
        self,
        assistant: "Assistant",
        tasks: Tasks,
        bar: ScopeBar,
        *,
        at: Callable[[], Place],
        back: Callable[[], None],
        failed: Callable[[HearthsideError], None],
    ) -> None:
        self._assistant = assistant
        self._tasks = tasks
        self._bar = bar
        self._at = at
        self._back = back
        self._failed = failed
        bar.changed.connect(self._keep)
        bar.emptied.connect(back)

    def kept(self, partner: "Assistant | Incognito", thread_id: str) -> Kept:
        """The scope of a conversation, for `show`. Call it on a lane."""
        scope = partner.chat.scope(thread_id)
        return scope, self._assistant.library.scope_parts(scope)

    def show(self, kept: Kept) -> None:
        self._bar.show_scope(*kept)

    def clear(self) -> None:
        """A new conversation is asked of everything."""
        self._bar.show_scope(Scope(), [])

    def limit_to(self, places: Sequence[str]) -> None:
        """These folders and files, and nothing else. At once: a question sent right after must not be asked of all."""
        self._bar.show_scope(Scope(places=tuple(places)), [place(path) for path in places])
        self._keep()

    def offer(self, above: QWidget) -> None:
        """Open the popup of what may be chosen."""
        popup = ScopePopup(self._tasks, lambda: choices(self._assistant, date.today()), above.window())  # noqa: DTZ011  the owner's day
        popup.picked.connect(self._bar.add)
        popup.left.connect(self._back)
        popup.show_above(above)

    def _keep(self) -> None:
        """A conversation that has not begun keeps it with its first question."""
        (partner, thread_id), scope = self._at(), self._bar.scope
        if thread_id is not None:
            self._tasks.run(lambda: partner.chat.set_scope(thread_id, scope), failed=self._failed)
