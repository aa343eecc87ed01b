"""A conversation that is kept nowhere: in memory while it lasts, learned from by nothing, remembered by nothing."""

from typing import Literal

from engine.chat.chat import Chat
from engine.chat.values import Turn
from engine.store.unstored import Unstored


class Incognito:
    """Its `chat`, and the owner's judgements on a turn as an open profile takes them; here they change that turn alone.

    Made by `Assistant.incognito`. Thread-safe.
    """

    def __init__(self, rows: Unstored, chat: Chat) -> None:
        self._rows = rows
        self.chat = chat

    def rate(self, turn_id: str, rating: Literal["up", "down"] | None) -> tuple[Turn, None]:
        """Show a thumb on the turn. No rating falls under an adapter by it: the second is always None."""
        return self.chat.set_rating(turn_id, rating), None

    def correct(self, turn_id: str, text: str) -> Turn:
        """Let `text` count as the answer, also for the questions that follow."""
        return self.chat.set_correction(turn_id, text)

    def prefer(self, turn_id: str) -> Turn:
        """Go on from this answer."""
        self.chat.choose(turn_id)
        return self.chat.turn(turn_id)

    def close(self) -> None:
        """Let go of every word of it."""
        self._rows.close()
