"""The gate: whether a candidate is shown to be better for this person without being worse for anything else.

It advises; the owner promotes. Underpowered comparisons say so instead of guessing.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from engine.learning.gate.measure import Drafts
from engine.learning.records.dataset import HELD_OUT_SHARE
from engine.learning.statistics.bootstrap import items_to_tell, paired_interval
from engine.learning.values import GateReport, Score, Verdict
from engine.words import say

HELD_OUT_FLOOR = 8
"""Fewer held-out corrections make no verdict: a percentile bootstrap of less is too narrow to be believed."""

CORRECTIONS_NEEDED = 36
"""The smallest number of corrections whose newest fifth reaches the floor."""

DRIFT_LIMIT = 0.05
"""Nat a token of fixed reference text an adapter may cost. Forgetting tracks the divergence from the base (RL's Razor,
arXiv 2509.04259); PEFT's published LoRA runs lose .03 to .11."""

INSTRUCTIONS_LIMIT = 3
"""How many more of the fixed instructions the candidate may fail than the base does."""

DEGENERATE_SHARE = 8
"""One more of so many drafts may be broken than of the base's; of fewer, one."""

MORE_LIMIT = 1000


class Evidence(Struct, frozen=True, kw_only=True):
    """Scores by item, candidate beside what it is compared with. `active` is empty when the base is in use; it covers
    the held-out corrections the active adapter was not trained on, as does `candidate_beside_active`. `preferred_…` say
    by how much what the owner chose is likelier than what was left for it; `drafts_unseen`, that drafts are of held-out
    prompts, so that their nearness to what the owner wrote tells something."""

    candidate: list[float]
    base: list[float]
    candidate_beside_active: list[float] = []
    active: list[float] | None = None
    reference_candidate: list[float]
    reference_base: list[float]
    instructions_candidate: list[float]
    instructions_base: list[float]
    drafts_candidate: Drafts
    drafts_base: Drafts
    drafts_unseen: bool = True
    preferred_candidate: list[float] = []
    preferred_base: list[float] = []


class _Finding(NamedTuple):
    verdict: Verdict
    reason: str
    score: Score | None


def judge(evidence: Evidence) -> GateReport:
    """Reject on anything shown to be worse, promote on a gain shown to be real, and otherwise ask for more data."""
    findings = [
        _gain("base", evidence.candidate, evidence.base),
        _drift(evidence.reference_candidate, evidence.reference_base),
        _instructions(evidence.instructions_candidate, evidence.instructions_base),
        _degenerate(evidence.drafts_candidate.degenerate, evidence.drafts_base.degenerate),
    ]
    if evidence.drafts_unseen and evidence.drafts_candidate.rouge_l:
        findings.append(_nearness(evidence.drafts_candidate, evidence.drafts_base))
    if evidence.preferred_candidate:
        findings.append(_preferred(evidence.preferred_candidate, evidence.preferred_base))
    if evidence.active is not None:
        findings.insert(1, _gain("active", evidence.candidate_beside_active, evidence.active))
    verdicts = {finding.verdict for finding in findings}
    order: tuple[Verdict, ...] = ("reject", "not_enough_data", "promote")
    return GateReport(
        verdict=next(verdict for verdict in order if verdict in verdicts),
        reasons=[finding.reason for finding in findings],
        scores=[
            *(finding.score for finding in findings if finding.score is not None),
            *_described(evidence.drafts_candidate, evidence.drafts_base),
        ],
    )


def refused(code: str) -> GateReport:
    """The report on an adapter the runtime itself would not use."""
    return GateReport(verdict="reject", reasons=[say(f"learning.gate_{code}")], scores=[])


def _gain(against: str, candidate: Sequence[float], reference: Sequence[float]) -> _Finding:
    """Compare the log-likelihood of held-out corrections, paired by correction."""
    items = len(candidate)
    if items == 0:
        return _Finding("not_enough_data", _few(against, 0), None)
    interval = paired_interval([one - other for one, other in zip(candidate, reference, strict=True)])
    score = Score(
        name=f"held_out_vs_{against}",
        candidate=sum(candidate) / items,
        reference=sum(reference) / items,
        difference=interval.mean,
        low=interval.low,
        high=interval.high,
        passed=items >= HELD_OUT_FLOOR and interval.low > 0,
    )
    if items < HELD_OUT_FLOOR:
        return _Finding("not_enough_data", _few(against, items), score)
    words = {"items": items, "difference": interval.mean, "low": interval.low, "high": interval.high}
    if interval.low > 0:
        return _Finding("promote", say(f"learning.gate_better_than_{against}", **words), score)
    more = items_to_tell(interval, items)
    if more is None:
        return _Finding("reject", say(f"learning.gate_no_better_than_{against}", **words), score)
    return _Finding(
        "not_enough_data",
        say(f"learning.gate_unclear_against_{against}", **words, more=_corrections(more - items)),
        score,
    )


def _few(against: str, items: int) -> str:
    return say(
        f"learning.gate_few_against_{against}",
        items=items,
        needed=HELD_OUT_FLOOR,
        more=_corrections(HELD_OUT_FLOOR - items),
    )


def _corrections(items: int) -> int:
    """How many corrections add `items` to the held-out part; at least one, and no farther than can be foreseen."""
    return max(1, min(MORE_LIMIT, round(items / HELD_OUT_SHARE)))


def _drift(candidate: Sequence[float], base: Sequence[float]) -> _Finding:
    score = compared("reference_text", candidate, base)
    passed = score.difference >= -DRIFT_LIMIT
    return _finding(score, passed, "drift", lost=max(0.0, -score.difference), limit=DRIFT_LIMIT)


def _instructions(candidate: Sequence[float], base: Sequence[float]) -> _Finding:
    score = compared("instructions", candidate, base)
    followed, before = round(sum(candidate)), round(sum(base))
    passed = before - followed <= INSTRUCTIONS_LIMIT
    return _finding(
        score, passed, "instructions", followed=followed, before=before, total=len(base), limit=INSTRUCTIONS_LIMIT
    )


def _degenerate(candidate: Sequence[float], base: Sequence[float]) -> _Finding:
    score = compared("degenerate_drafts", candidate, base)
    broken, before = round(sum(candidate)), round(sum(base))
    passed = broken - before <= max(1, len(base) // DEGENERATE_SHARE)
    return _finding(score, passed, "degenerate", broken=broken, before=before, total=len(base))


def _nearness(candidate: Drafts, base: Drafts) -> _Finding:
    """Drafts shown to be farther from what the owner wrote are a loss; nearer ones alone are no gain."""
    score = beside("rouge_l", candidate.rouge_l, base.rouge_l)
    assert score.low is not None
    assert score.high is not None
    farther = len(candidate.rouge_l) >= HELD_OUT_FLOOR and score.high < 0
    how = "farther" if farther else "nearer" if score.low > 0 else "alike"
    words = say(
        f"learning.gate_drafts_{how}",
        items=len(candidate.rouge_l),
        candidate=score.candidate,
        base=score.reference,
        low=score.low,
        high=score.high,
    )
    return _Finding("reject" if farther else "promote", words, msgspec.structs.replace(score, passed=not farther))


def _preferred(candidate: Sequence[float], base: Sequence[float]) -> _Finding:
    """What was left made likelier beside what was wanted is a loss, however likely both became."""
    score = beside("preferred", candidate, base)
    assert score.low is not None
    assert score.high is not None
    lost = len(candidate) >= HELD_OUT_FLOOR and score.high < 0
    words = say(
        "learning.gate_preferred_lost" if lost else "learning.gate_preferred",
        more=sum(one > other for one, other in zip(candidate, base, strict=True)),
        items=len(candidate),
        difference=score.difference,
        low=score.low,
        high=score.high,
    )
    return _Finding("reject" if lost else "promote", words, msgspec.structs.replace(score, passed=not lost))


def _described(candidate: Drafts, base: Drafts) -> list[Score]:
    """What is told of drafts and decides nothing."""
    names = ("edit_distance", "words")
    return [compared(name, getattr(candidate, name), getattr(base, name)) for name in names if getattr(base, name)]


def beside(name: str, candidate: Sequence[float], base: Sequence[float]) -> Score:
    """Means and their difference, with its interval: paired by item, of which there must be some."""
    interval = paired_interval([one - other for one, other in zip(candidate, base, strict=True)])
    return msgspec.structs.replace(compared(name, candidate, base), low=interval.low, high=interval.high)


def compared(name: str, candidate: Sequence[float], base: Sequence[float]) -> Score:
    """Means and their difference, where no interval is wanted or nothing is there to pair."""
    of_candidate, of_base = (sum(values) / len(values) if values else 0.0 for values in (candidate, base))
    return Score(name=name, candidate=of_candidate, reference=of_base, difference=of_candidate - of_base)


def _finding(score: Score, passed: bool, key: str, **words: float) -> _Finding:
    return _Finding(
        "promote" if passed else "reject",
        say(f"learning.gate_{key}_{'kept' if passed else 'lost'}", **words),
        msgspec.structs.replace(score, passed=passed),
    )
