"""What a version would have answered to what came since it was trained, though it answered nothing: a shadow run.

No turn waits for it: it is asked afterwards, and judged by what the owner wrote or chose in the end. As a rule that was
made from a draft of what was in use, and leans to it: that is told.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from engine.clock import Clock
from engine.learning.gate.base_answers import BaseAnswers
from engine.learning.gate.gate import HELD_OUT_FLOOR, MORE_LIMIT, beside
from engine.learning.gate.gating import DRAFTS, ticker
from engine.learning.gate.measure import Measurer
from engine.learning.records.records import Records
from engine.learning.statistics.bootstrap import Interval, items_to_tell
from engine.learning.values import Adapter, Example, GateReport, Score, Shadow, TrainingProgress, Verdict
from engine.models.runtime import Runtime
from engine.progress import Control
from engine.words import say


class Beside(NamedTuple):
    """By item, of a version and of what it is compared with: what of the owner's words was learned (nat a token), and
    how near drafts come to them (ROUGE-L)."""

    learned: tuple[Sequence[float], Sequence[float]]
    near: tuple[Sequence[float], Sequence[float]]


class ShadowRun:
    """Compares versions with one runtime on what they were not trained on."""

    def __init__(self, records: Records, runtime: Runtime, answers: BaseAnswers, clock: Clock) -> None:
        self._records = records
        self._runtime = runtime
        self._answers = answers
        self._clock = clock

    def run(
        self,
        version: Adapter,
        examples: Sequence[Example],
        *,
        report: Callable[[TrainingProgress], None],
        control: Control,
    ) -> Shadow:
        """Judge `version` beside what answers now where it would, or beside the base if it is that itself, on those of
        the curated `examples` that came later. What was measured once stays. Raises Interrupted."""
        answering = self._records.registry.answering(version.domain_id)
        against = None if answering is None or answering.id == version.id else answering
        since = self._since(version, against, examples)
        tick = ticker(4 * len(since) + 2 * min(DRAFTS, len(since)), report)
        measurer = Measurer(self._records.database, self._runtime, self._answers, control, tick)
        fitting = measurer.scorable(since)
        drafted = fitting[-DRAFTS:]
        subjects = (version.id, None if against is None else against.id)
        ours, theirs = ((measurer.learned(fitting, one), measurer.drafts(drafted, one).rouge_l) for one in subjects)
        return Shadow(
            against=subjects[1],
            at_ms=self._clock(),
            report=judge_since(
                Beside((ours[0], theirs[0]), (ours[1], theirs[1])),
                beside_base=against is None,
                own_drafts=answering is not None and answering.id == version.id,
            ),
        )

    def _since(self, version: Adapter, against: Adapter | None, examples: Sequence[Example]) -> list[Example]:
        """What the owner wrote or chose that neither was trained on, and the version's gate did not judge by: it came
        since, by whatever way."""
        others = [] if against is None else [against.dataset_id]
        manifests = [self._records.datasets.manifest(dataset_id) for dataset_id in (version.dataset_id, *others)]
        seen = {entry.example for manifest in manifests if manifest is not None for entry in manifest.train}
        own = manifests[0]
        seen |= set() if own is None else {entry.example for entry in own.held_out}  # the gate's, not new
        return [
            example
            for example in examples
            if example.left_out is None and example.kind != "thumb" and example.id not in seen
        ]


def judge_since(numbers: Beside, *, beside_base: bool, own_drafts: bool) -> GateReport:
    """Shown better ("promote") or not better ("reject"), or not enough data to tell, by likelihood alone; how near
    drafts come is told beside it. `own_drafts`: it is what answers, so that its drafts were corrected."""
    by = {"beside": say("learning.shadow_base" if beside_base else "learning.shadow_in_use")}
    items = len(numbers.learned[0])
    few = items < HELD_OUT_FLOOR
    if not items:
        words = say("learning.shadow_few", items=0, needed=HELD_OUT_FLOOR, more=HELD_OUT_FLOOR)
        return GateReport(verdict="not_enough_data", reasons=[words], scores=[])
    score = beside("since_learned", *numbers.learned)
    low, high = _ends(score)
    to_tell = items_to_tell(Interval(score.difference, low, high), items)
    verdict: Verdict = "promote" if low > 0 else "reject" if to_tell is None else "not_enough_data"
    key = {"promote": "better", "reject": "no_better", "not_enough_data": "unclear"}[verdict]
    words = say(
        "learning.shadow_few" if few else f"learning.shadow_{key}",
        items=items,
        needed=HELD_OUT_FLOOR,
        difference=score.difference,
        low=low,
        high=high,
        more=HELD_OUT_FLOOR - items if few else min(MORE_LIMIT, max(1, (to_tell or items) - items)),
        **by,
    )
    near = beside("since_near", *numbers.near)
    near_low, near_high = _ends(near)
    drafts = say(
        "learning.shadow_drafts",
        items=len(numbers.near[0]),
        candidate=near.candidate,
        other=near.reference,
        low=near_low,
        high=near_high,
        **by,
    )
    leaning = say("learning.shadow_favours_own" if own_drafts else "learning.shadow_favours_other")
    reasons = [words] if few else [words, drafts, leaning]
    return GateReport(verdict="not_enough_data" if few else verdict, reasons=reasons, scores=[score, near])


def _ends(score: Score) -> tuple[float, float]:
    assert score.low is not None
    assert score.high is not None
    return score.low, score.high
