"""Looks whether the owner's questions have changed since the adapter in use was trained, and says so, no more."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal

import numpy as np
from msgspec import Struct

from engine.learning.curation.curate import question_of
from engine.learning.reach import Reach
from engine.learning.records.records import Records
from engine.learning.records.signals import Given
from engine.learning.statistics.topics import FEWEST, LEVEL, p_value
from engine.learning.values import Adapter, Example
from engine.library.embed import Vectors
from engine.words import say

RECENT: Final = 50
"""Questions, the newest since the adapter was put to use."""

_TOGETHER: Final = 16  # texts embedded at once: a question waits for no more than these

Embed = Callable[[Sequence[str]], Vectors]


TopicsVerdict = Literal["changed", "same", "few"]


class Topics(Struct, frozen=True, kw_only=True):
    """Whether what is asked of late differs from what `adapter`, the one in use, was trained on: `trained` and `recent`
    are conversations, `chance` is how often the like would happen were nothing changed (None: too few to tell)."""

    adapter: str
    trained: int
    recent: int
    chance: float | None
    verdict: TopicsVerdict
    words: str


class TopicWatch:
    """`given` are the answers that stand, `review` gives everything curated. Nothing is kept but, while the process
    lives, vectors. Embedding fifty questions takes a second or two: ask on a thread that may wait."""

    def __init__(
        self,
        records: Records,
        reach: Reach,
        *,
        given: Callable[[], Iterable[Given]],
        embed: Embed,
        review: Callable[[], list[Example]],
    ) -> None:
        self._records = records
        self._reach = reach
        self._given = given
        self._embed = embed
        self._review = review
        self._vectors: dict[str, Vectors] = {}

    def topics(self) -> Topics | None:
        """None while no adapter is in use, or learning is off."""
        active = self._records.registry.active()
        if active is None or self._reach.consent is None:
            return None
        before, since = self._trained(active), self._asked(active)
        chance = self._chance(before, since) if min(len(before), len(since)) >= FEWEST else None
        verdict: TopicsVerdict = "few" if chance is None else "changed" if chance <= LEVEL else "same"
        return Topics(
            adapter=active.id,
            trained=len(before),
            recent=len(since),
            chance=chance,
            verdict=verdict,
            words=say(f"learning.topics_{verdict}", trained=len(before), recent=len(since), floor=FEWEST),
        )

    def _trained(self, adapter: Adapter) -> list[list[str]]:
        """What was asked in the examples it was trained on that stand, by conversation."""
        manifest = self._records.datasets.manifest(adapter.dataset_id)
        wanted = {entry.example for entry in manifest.train} if manifest is not None else set()
        examples = [example for example in self._review() if example.id in wanted]
        asked = {one.turn_id: one.question for one in self._given()}  # a prompt holds passages too
        return _by_conversation(
            (one.thread_id or one.id, asked.get(one.turn_id or "") or question_of(one.prompt)) for one in examples
        )

    def _asked(self, adapter: Adapter) -> list[list[str]]:
        """What was asked since it is in use, where learning may reach: the newest, by conversation."""
        newest = sorted(self._given(), key=lambda one: one.at_ms, reverse=True)
        since = (one for one in newest if one.at_ms > (adapter.promoted_ms or 0))
        allowed = (one for one in since if self._reach.refusal(one.thread_id, one.turn_id) is None)
        return _by_conversation((one.thread_id, one.question) for one in itertools.islice(allowed, RECENT))

    def _chance(self, before: list[list[str]], since: list[list[str]]) -> float:
        self._embed_new({text for conversation in (*before, *since) for text in conversation})
        return p_value(self._of(before), self._of(since))

    def _of(self, conversations: list[list[str]]) -> list[Vectors]:
        return [np.stack([self._vectors[text] for text in texts]) for texts in conversations]

    def _embed_new(self, texts: set[str]) -> None:
        """Vectors of exactly these texts are known then."""
        known = {text: vector for text, vector in self._vectors.items() if text in texts}
        new = sorted(texts - known.keys())
        for first in range(0, len(new), _TOGETHER):
            some = new[first : first + _TOGETHER]
            known |= zip(some, self._embed(some), strict=True)
        self._vectors = known


def _by_conversation(said: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Different questions of each conversation, where there are any."""
    conversations: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for name, text in said:
        if text.strip():
            conversations[name][text] = None
    return [list(texts) for texts in conversations.values()]
