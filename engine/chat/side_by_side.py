"""A turn answered twice, blind: two sibling turns of one question, told only once both are there."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from engine.chat.turns import Turns
from engine.chat.values import Answered, AskOptions, Compared, Comparing, Turn, TurnEvent
from engine.learning.experiments.comparing import Comparing as Pairs
from engine.learning.records.comparisons import Pair
from engine.learning.values import Nearest
from engine.library.library import Library
from engine.models.values import AdapterInUse


class Place(NamedTuple):
    """Where in a conversation a turn stands."""

    thread_id: str
    parent_id: str | None
    turn_id: str


Draft = Callable[[Place, AdapterInUse | None, int | None], Iterator[TurnEvent]]
"""Answers at a place, with an adapter or None and a seed or None, to the last event of that."""


class SideBySides(Struct, frozen=True):
    """`pairs` draws which turns are answered twice; none are without it."""

    turns: Turns
    library: Library
    pairs: Pairs | None

    def pair(
        self,
        place: Place,
        chunk_ids: Sequence[str],
        options: AskOptions,
        temperature: float,
        domain: Nearest | None = None,
    ) -> Pair | None:
        """What answers a turn of a domain twice, where that is so.

        It is not where a turn draws, or looks back, on documents that must not teach, nor where two drafts would be the
        same: of one version, without chance. `chunk_ids` are the passages beside its question.
        """
        if self.pairs is None or options.compare == "never" or not options.adapter:
            return None
        domain_id = None if domain is None else domain.id
        if options.compare == "always":
            pair: Pair | None = self.pairs.wanted(place.turn_id, domain_id)
        else:
            pair = self.pairs.drawn(place.turn_id, place.thread_id, domain_id)
        if pair is None or (pair.rival is None and temperature == 0):
            return None
        earlier = [] if place.parent_id is None else self.turns.sources(place.parent_id)
        return pair if self.library.may_teach([*earlier, *chunk_ids]) else None

    def drafts(self, place: Place, question: str, pair: Pair, draft: Draft, seed: int | None) -> Iterator[TurnEvent]:
        """Comparing, then Compared; or Answered, where there is nothing to choose.

        The left draft is made first, so that neither an id nor a time tells which side is whose. A `seed` is the left
        one's, and the next is the right one's.
        """
        yield Comparing(place.turn_id, place.thread_id)
        left = _last(draft(place, pair.left, seed))
        if left.finish == "cancelled" or not left.answer:
            yield Answered(left)
            return
        beside = self.turns.begin(place.thread_id, place.parent_id, question, left.scope, active=False)
        following = None if seed is None else seed + 1
        right = _last(draft(place._replace(turn_id=beside), pair.right, following))
        yield self._told(pair, self.turns.get(left.id), right)

    def _told(self, pair: Pair, left: Turn, right: Turn) -> TurnEvent:
        same = left.answer.split() == right.answer.split()
        if same or right.finish == "cancelled" or not right.answer or self.pairs is None:
            return Answered(left)
        return Answered(left) if self.pairs.show(pair, left, right) is None else Compared(left, right)


def _last(events: Iterator[TurnEvent]) -> Turn:
    *_, last = events
    assert isinstance(last, Answered)
    return last.turn
