"""Every version there was, on one axis of time; a click on one goes to its card."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import asdict
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.style.theme import Theme
from app.widgets.labels import label
from app.widgets.moments import day, moment
from app.widgets.picture import caption
from app.widgets.timeline import Node, NodeState, Span, Timeline
from engine.learning.values import Adapter, Tally, Use
from engine.words import say


class TimelineCard(QFrame):
    """`picked` carries the id of a version."""

    picked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("learning.story")
        self.setProperty("look", "card")
        self.timeline = Timeline(theme, say("learning_pictures.timeline"))
        self._key = label(look="small", name="learning.timeline_key")
        told = caption(self.timeline, say("learning_pictures.timeline_hint"), "learning.timeline_words")
        self.timeline.picked.connect(self.picked)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(8)
        column.addWidget(self.timeline)
        column.addWidget(self._key)
        column.addWidget(told)
        self.hide()

    def follow(self, adapters: Sequence[Adapter], uses: Sequence[Use], now_ms: int) -> None:
        """`adapters` are all there ever were, newest first; `uses` oldest first, the one that still is up to now.
        Those of a group's versions overlap with the others: they are told, not drawn."""
        by_adapter: dict[str, list[Use]] = {}
        for use in uses:
            by_adapter.setdefault(use.adapter, []).append(use)
        nodes = list(_nodes(adapters[::-1], by_adapter))
        special = {adapter.id for adapter in adapters if adapter.domain_id is not None}
        spans = [_span(use, now_ms) for use in uses if use.adapter not in special]
        liked = "_liked" if any(use.ratings is not None for use in uses) else ""
        lines = liked if spans else "_unused"
        self._key.setText(say(f"learning_pictures.timeline_key{lines}", states=_key({node.state for node in nodes})))
        self.timeline.show_story(nodes, spans, " ".join(node.words for node in nodes))
        self.setVisible(bool(nodes))


def _nodes(adapters: Sequence[Adapter], uses: Mapping[str, Sequence[Use]]) -> Iterator[Node]:
    for adapter in adapters:
        state: NodeState = "destroyed" if adapter.destroyed_ms is not None else adapter.state.value
        told = say(
            "learning_pictures.node", when=moment(adapter.created_ms), state=say(f"learning_pictures.state_{state}")
        )
        yield Node(adapter.id, adapter.created_ms, state, " ".join([told, *map(_use, uses.get(adapter.id, ()))]))


def _use(use: Use) -> str:
    start = day(use.from_ms)
    words = (
        say("learning_pictures.used_since", start=start)
        if use.to_ms is None
        else say("learning_pictures.used", start=start, end=day(use.to_ms))
    )
    return words if use.ratings is None else f"{words} {say('learning.rated', **asdict(use.ratings))}"


def _span(use: Use, now_ms: int) -> Span:
    to_ms = max(now_ms, use.from_ms) if use.to_ms is None else use.to_ms
    return Span(use.from_ms, to_ms, None if use.ratings is None else _liked(use.ratings), use.to_ms is None)


def _liked(ratings: Tally) -> tuple[float, float, float]:
    return ratings.low, ratings.liked / ratings.rated, ratings.high


def _key(states: set[NodeState]) -> str:
    """What the shapes on show stand for."""
    order: tuple[NodeState, ...] = (
        "active", "on_trial", "candidate", "retired", "rejected", "other_base", "destroyed",
    )  # fmt: skip
    return " · ".join(say(f"learning_pictures.shape_{state}") for state in order if state in states)
