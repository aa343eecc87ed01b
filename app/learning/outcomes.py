"""What a score of the gate says in a word: better, worse, or nothing that can be told from chance."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from engine.learning.values import Score
from engine.words import say

Outcome = Literal["better", "worse", "lost", "unclear", "kept", "told"]
Unit = Literal["nat", "share", "likeness", "speed", "words"]

_UNITS: dict[str, Unit] = {
    "held_out_vs_base": "nat", "held_out_vs_active": "nat", "reference_text": "nat", "preferred": "nat",
    "instructions": "share", "degenerate_drafts": "share", "full_instructions": "share", "answered": "share",
    "rested": "share", "harmless": "share", "harmful": "share", "drawn": "share", "edit_distance": "share",
    "side_by_side": "share", "since_learned": "nat", "since_near": "likeness",
    "rouge_l": "likeness", "tokens_per_s": "speed", "words": "words",
}  # fmt: skip
_LESS_IS_BETTER = frozenset({"degenerate_drafts", "edit_distance", "drawn"})
_TOLD_ONLY = frozenset({"edit_distance", "words", "tokens_per_s"})


class Gain(NamedTuple):
    """A difference and its interval, turned so that more is better."""

    low: float
    middle: float
    high: float


def unit(score: Score) -> Unit:
    """A measure this program does not know has no unit but its number."""
    return _UNITS.get(score.name, "likeness")


def gain(score: Score) -> Gain | None:
    """None where there is no interval."""
    if score.low is None or score.high is None:
        return None
    if score.name in _LESS_IS_BETTER:
        return Gain(-score.high, -score.difference, -score.low)
    return Gain(score.low, score.difference, score.high)


def outcome(score: Score) -> Outcome:
    """`lost` is more than the gate allows, `worse` is shown but allowed, `kept` is allowed and has no interval."""
    if score.name in _TOLD_ONLY:
        return "told"
    turned = gain(score)
    if turned is None:
        return "kept" if score.passed else "lost"
    if turned.low > 0 and score.passed:
        return "better"
    if turned.high < 0:
        return "worse" if score.passed else "lost"
    is_gain_wanted = score.name.startswith(("held_out", "since"))  # where that is not shown, nothing was lost by it
    return "unclear" if score.passed or is_gain_wanted else "lost"


def measure(score: Score) -> str:
    return say(f"learning_pictures.measure_{score.name}") if score.name in _UNITS else score.name.replace("_", " ")


def numbers(score: Score) -> str:
    """The difference with its unit and its interval; without one, what it is now and what it is compared with."""
    fields = {"candidate": score.candidate, "reference": score.reference}
    if score.low is None or score.high is None:
        return say(f"learning_pictures.both_{unit(score)}", **fields)
    return say(
        f"learning_pictures.difference_{unit(score)}", difference=score.difference, low=score.low, high=score.high
    )


def summary(scores: Sequence[Score]) -> str:
    """What got better, what got worse, and how sure that is."""
    found = [(outcome(score), measure(score)) for score in scores]
    better, worse = ([name for said, name in found if said in wanted] for wanted in ({"better"}, {"worse", "lost"}))
    unclear = sum(said == "unclear" for said, _ in found)
    lines = [
        say("learning_pictures.got_better", what="; ".join(better)) if better else say("learning_pictures.none_better"),
        say("learning_pictures.got_worse", what="; ".join(worse)) if worse else say("learning_pictures.none_worse"),
    ]
    if unclear:
        lines.append(say("learning_pictures.some_unclear", count=unclear))
    return " ".join([*lines, say("learning_pictures.how_sure")])
