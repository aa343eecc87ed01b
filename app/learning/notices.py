"""What the owner should know first: a version taken out of use, examples taken back, another base model."""

from msgspec.structs import asdict
from PySide6.QtWidgets import QVBoxLayout

from app.widgets.notice import Notice
from engine.learning.values import LearningStatus
from engine.words import say


class Notices(QVBoxLayout):
    """One notice below another, each only while there is something to tell."""

    def __init__(self) -> None:
        super().__init__()
        self.setSpacing(12)
        self._failed, self._returned = Notice("learning.failed"), Notice("learning.returned")
        self._withdrawn, self._other_base = Notice("learning.withdrawn"), Notice("learning.other_base")
        self._topics, self._trial_gone = Notice("learning.topics"), Notice("learning.trial_gone")
        for notice in (
            self._failed, self._returned, self._other_base, self._withdrawn, self._trial_gone, self._topics,
        ):  # fmt: skip
            self.addWidget(notice)

    def tell(self, status: LearningStatus, *, adapters: set[str]) -> None:
        """`adapters` are those that have a card on the page."""
        returned = "" if status.returned is None else say("learning.returned", **asdict(status.returned))
        self._returned.tell(returned)
        withdrawn = say("learning.withdrawn", withdrawn=status.withdrawn) if status.withdrawn else ""
        self._withdrawn.tell(withdrawn)
        self._failed.tell("\n".join([say("learning.failed"), *status.failed]) if status.failed else "")
        self._other_base.tell(say("learning.other_base") if status.other_base else "")
        self._trial_gone.tell(_gone_words(status, adapters))

    def tell_topics(self, words: str) -> None:
        """That questions have changed; no words where they have not, or where that cannot be told."""
        self._topics.tell(words)


def _gone_words(status: LearningStatus, adapters: set[str]) -> str:
    """Of the newest trial, where the version that was tried went with it: there is no card to tell it on."""
    trial = status.trial
    if trial is None or trial.trial.ending not in {"forgotten", "deleted"} or trial.trial.adapter in adapters:
        return ""
    return "\n".join([trial.standing, *trial.reasons])
