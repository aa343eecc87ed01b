"""Where times stand on a line: in proportion, but versions made close together are moved apart to be told apart."""

from bisect import bisect_right
from collections.abc import Sequence


class TimeAxis:
    """`places` are those of `times` (ms, oldest first), at least `apart` pixels from one another where
    the line from `left` to `right` has room for that, and evenly where it has not. `also` are times that must fit."""

    def __init__(
        self, times: Sequence[int], left: float, right: float, apart: float, *, also: Sequence[int] = ()
    ) -> None:
        self.left, self.right = left, right
        first, last = min([*times, *also], default=0), max([*times, *also], default=0)
        whole = max(last - first, 1)
        apart = min(apart, (right - left) / max(len(times), 1))
        wanted = [left + (right - left) * (time - first) / whole for time in times]
        self.places = _spread(wanted, left, right, apart)
        knots = {first: left, last: right} | dict(zip(times, self.places, strict=True))
        self._times = sorted(knots)
        self._knots = [knots[time] for time in self._times]

    def x(self, time: int) -> float:
        """Between two versions in proportion to the time between them."""
        if time <= self._times[0]:
            return self._knots[0]
        if time >= self._times[-1]:
            return self._knots[-1]
        after = bisect_right(self._times, time)
        start, end = self._times[after - 1], self._times[after]
        share = (time - start) / (end - start)
        return self._knots[after - 1] + share * (self._knots[after] - self._knots[after - 1])


def _spread(wanted: Sequence[float], left: float, right: float, apart: float) -> list[float]:
    """`wanted`, moved no farther than it takes: first to the right, then back from the end of the line."""
    placed: list[float] = []
    for place in wanted:
        placed.append(max(place, placed[-1] + apart if placed else left))
    limit = right
    for number in reversed(range(len(placed))):
        placed[number] = min(placed[number], limit)
        limit = placed[number] - apart
    return placed
