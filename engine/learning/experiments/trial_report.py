"""What a trial says: how each arm was rated, how they compare, and whether that is enough to tell."""

import math
from collections.abc import Sequence

from msgspec.structs import asdict

from engine.learning.records.feedback import Rated
from engine.learning.statistics.bootstrap import Interval, items_to_tell
from engine.learning.statistics.snips import Logged, compare
from engine.learning.tally import tally
from engine.learning.values import ArmReport, Comparison, Trial, TrialReport, TrialVerdict
from engine.words import say

RATED_FLOOR = 10
"""Fewer ratings of an arm tell nothing."""

EFFECTIVE_FLOOR = 20
"""An even trial at that floor: where propensities changed, more ratings may tell less than so many."""

MORE_LIMIT = 1000
"""More ratings than nobody gives: a difference that needs them is none that matters."""


def trial_report(trial: Trial, rated: Sequence[Rated], answers: tuple[int, int]) -> TrialReport:
    """Of all ratings those of this trial; `answers` are how many answers stand of the arm tried and of the other."""
    log = [
        Logged(one.arm.tried, one.arm.propensity, one.liked) for one in rated if one.arm and one.arm.trial == trial.id
    ]
    tried, in_use = (_arm(log, count, tried=arm) for arm, count in zip((True, False), answers, strict=True))
    comparison = compare(log)
    verdict, more = _verdict(trial, log, comparison)
    words = {} if comparison is None else asdict(comparison)
    rated_arms = {"rated_tried": _rated(tried), "rated_in_use": _rated(in_use), "floor": RATED_FLOOR}
    return TrialReport(
        trial=trial,
        tried=tried,
        in_use=in_use,
        comparison=comparison,
        verdict=verdict,
        standing=_standing(trial),
        reasons=[
            say(f"learning.trial_{verdict}", more=more, **rated_arms, **words),
            _told("tried", tried),
            _told("base" if trial.against is None else "in_use", in_use),
        ],
        more=more,
    )


def _arm(log: Sequence[Logged], answers: int, *, tried: bool) -> ArmReport:
    liked = [one.liked for one in log if one.tried == tried]
    # A conversation deleted since took its answers along, not what was said of them.
    return ArmReport(answers=max(answers, len(liked)), ratings=tally(sum(liked), len(liked)) if liked else None)


def _rated(arm: ArmReport) -> int:
    return 0 if arm.ratings is None else arm.ratings.rated


def _standing(trial: Trial) -> str:
    ended = trial.ending is not None
    return say(f"learning.trial_ended_{trial.ending}") if ended else say("learning.trial_share", share=trial.share)


def _told(name: str, arm: ArmReport) -> str:
    answers = say(f"learning.trial_arm_{name}", answers=arm.answers)
    if arm.ratings is None:
        return say("learning.trial_unrated", arm=answers)
    return say("learning.trial_rated", arm=answers, **asdict(arm.ratings))


def _verdict(trial: Trial, log: Sequence[Logged], found: Comparison | None) -> tuple[TrialVerdict, int | None]:
    missing = _missing(trial, log, found)
    return ("few", missing) if found is None or missing else told(found, len(log))


def told(found: Comparison, rated: int) -> tuple[TrialVerdict, int | None]:
    """What a comparison of enough ratings says, and about how many more it takes where they would tell."""
    if found.low > 0 or found.high < 0:
        return ("better" if found.low > 0 else "worse"), None
    interval = Interval(found.difference, found.low, found.high)
    if found.difference < 0:
        interval = Interval(-found.difference, -found.high, -found.low)
    needed = items_to_tell(interval, rated)
    if needed is None or needed - rated > MORE_LIMIT:
        return "alike", None
    return "unclear", max(1, needed - rated)


def _missing(trial: Trial, log: Sequence[Logged], found: Comparison | None) -> int:
    """About how many ratings both arms lack of the floors, at the share of now."""
    tried = sum(one.tried for one in log)
    lacks = (RATED_FLOOR - tried) / trial.share, (RATED_FLOOR - len(log) + tried) / (1 - trial.share)
    scarce = EFFECTIVE_FLOOR / found.effective - 1 if found is not None else 0.0
    return max(0, math.ceil(max(*lacks, len(log) * scarce)))
