"""How long a run still takes: frozen layers cost once a batch, adapted ones every epoch, so they are timed apart."""

from engine.learning.training.batches import Batch

_REMEMBERED = 0.9  # of what was measured, at each step: the machine may get busier


class Pace:
    """Seconds a padded token of the frozen and of the adapted layers, from the steps so far."""

    def __init__(self) -> None:
        self._frozen = _Rate()
        self._adapted = _Rate()

    def took(self, batch: Batch, seconds: float, frozen_share: float) -> None:
        """A step took `seconds`, a `frozen_share` of them in the frozen layers (0 when those were done before)."""
        if frozen_share:
            self._frozen.add(batch.padded_tokens, seconds * frozen_share)
        self._adapted.add(batch.padded_tokens, seconds * (1 - frozen_share))

    def left(self, frozen_tokens: int, adapted_tokens: int) -> float:
        """Seconds for so many padded tokens."""
        return frozen_tokens * self._frozen.seconds_each + adapted_tokens * self._adapted.seconds_each


class _Rate:
    def __init__(self) -> None:
        self._tokens = self._seconds = 0.0

    def add(self, tokens: int, seconds: float) -> None:
        self._tokens = self._tokens * _REMEMBERED + tokens
        self._seconds = self._seconds * _REMEMBERED + seconds

    @property
    def seconds_each(self) -> float:
        return self._seconds / self._tokens if self._tokens else 0.0
