"""All the learning page shows, read in one go away from the window's thread."""

import time
from typing import TYPE_CHECKING

from msgspec import Struct

from engine.learning.values import Adapter, Domain, LearningStatus, Use
from engine.memory.values import EntryKind

if TYPE_CHECKING:
    from engine.assistant import Assistant


class Story(Struct, frozen=True, kw_only=True):
    """`adapters` are all there ever were, newest first; `uses` their times in use, oldest first; `memory` counts
    preferences and past corrections. `tried` says on how many questions retrieval settings are tried; then
    those of which the same is said, by name, and that."""

    status: LearningStatus
    adapters: list[Adapter]
    uses: list[Use]
    domains: list[Domain]
    memory: tuple[int, int]
    tried: tuple[str, list[tuple[list[str], list[str]]]]
    now_ms: int

    @property
    def standing(self) -> list[Adapter]:
        """Those whose files are there."""
        return [adapter for adapter in self.adapters if adapter.destroyed_ms is None]

    @property
    def since_ms(self) -> int | None:
        """Since when the one in use for all is in use."""
        active = self.status.active_adapter
        return next((use.from_ms for use in self.uses if use.to_ms is None and use.adapter == active), None)


def told_by(assistant: "Assistant") -> Story:
    learning = assistant.learning
    retrieval = learning.retrieval.report()
    kinds = [entry.kind for entry in assistant.memory.entries()]
    return Story(
        status=learning.status(),
        adapters=learning.versions.all(destroyed=True),
        uses=learning.versions.uses(),
        domains=learning.domains.all(),
        memory=(kinds.count(EntryKind.PREFERENCE), kinds.count(EntryKind.CORRECTION)),
        tried=(retrieval.standing, retrieval.words()),
        now_ms=time.time_ns() // 1_000_000,
    )


def topics_told(assistant: "Assistant") -> str:
    """That questions have changed since the version in use was trained; "" where that cannot be said. It may take
    seconds."""
    topics = assistant.learning.topics()
    return topics.words if topics is not None and topics.verdict == "changed" else ""
