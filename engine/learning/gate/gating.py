"""Gathering what the gate judges: the candidate, the base and the adapter in use, each on the same items."""

from collections.abc import Callable, Mapping

from engine.errors import InputRefused
from engine.learning.curation.curate import WITHDRAWN
from engine.learning.gate.base_answers import BaseAnswers
from engine.learning.gate.gate import Evidence, judge, refused
from engine.learning.gate.instruction_checks import QUICK, instruction_checks, reference_texts
from engine.learning.gate.measure import Measurer
from engine.learning.records.dataset import Entry, Manifest, content_sha256
from engine.learning.records.records import Records
from engine.learning.values import Adapter, Example, GateReport, TrainingProgress
from engine.models.runtime import Runtime
from engine.progress import Control

DRAFTS = 16
"""So many of the newest held-out prompts are answered, side by side."""
_UNUSABLE = ("adapter_no_effect", "adapter_unreadable")


class Gate:
    """Measures adapters with one runtime, on the held-out part of the dataset version each was trained on."""

    def __init__(self, records: Records, runtime: Runtime, answers: BaseAnswers) -> None:
        self._records = records
        self._runtime = runtime
        self._answers = answers

    def run(
        self,
        candidate: Adapter,
        examples: Mapping[str, Example],
        *,
        report: Callable[[TrainingProgress], None],
        control: Control,
    ) -> GateReport:
        """Judge `candidate` against the base, and against the adapter in use where that is another.

        One that learned from what its owner keeps out of learning by now is to be replaced, not to be surpassed.
        `examples` is everything curated, by id. Raises Interrupted.
        """
        trained, kept = self._standing(candidate, examples)
        quick = instruction_checks()[:QUICK]
        steps = 8 * len(kept) + 2 * (len(reference_texts()) + len(quick) + DRAFTS)
        measurer = Measurer(self._records.database, self._runtime, self._answers, control, ticker(steps, report))
        held_out = measurer.scorable(kept)
        chosen = measurer.comparable(held_out)
        drafted = held_out[-DRAFTS:] or measurer.scorable(trained[-DRAFTS:])
        active = self._rival(candidate, examples)
        unseen = [] if active is None else self._unseen_by(active, held_out)
        try:
            scores = measurer.learned(held_out, candidate.id)
            evidence = Evidence(
                candidate=scores,
                base=measurer.learned(held_out, None),
                candidate_beside_active=[
                    score for example, score in zip(held_out, scores, strict=True) if example in unseen
                ],
                active=None if active is None else measurer.learned(unseen, active.id),
                reference_candidate=measurer.reference(candidate.id),
                reference_base=measurer.reference(None),
                instructions_candidate=measurer.instructions(candidate.id, quick),
                instructions_base=measurer.instructions(None, quick),
                preferred_candidate=measurer.preferred(chosen, candidate.id),
                preferred_base=measurer.preferred(chosen, None),
                drafts_candidate=measurer.drafts(drafted, candidate.id),
                drafts_base=measurer.drafts(drafted, None),
                drafts_unseen=bool(held_out),
            )
        except InputRefused as error:
            if error.code not in _UNUSABLE:
                raise
            return refused(error.code)
        return judge(evidence)

    def _standing(self, adapter: Adapter, examples: Mapping[str, Example]) -> tuple[list[Example], list[Example]]:
        """What is left of the version an adapter was trained on: trained on, held out."""
        manifest = self._records.datasets.manifest(adapter.dataset_id)
        if manifest is None:
            return [], []
        return standing(manifest.train, examples), standing(manifest.held_out, examples)

    def _rival(self, candidate: Adapter, examples: Mapping[str, Example]) -> Adapter | None:
        active = self._records.registry.answering(candidate.domain_id)
        if active is None or active.id == candidate.id:
            return None
        manifest = self._records.datasets.manifest(active.dataset_id)
        return None if withdrawn(manifest, examples) else active

    def _unseen_by(self, active: Adapter, held_out: list[Example]) -> list[Example]:
        """Those the active adapter was not trained on: it would be judged on what it learned by heart."""
        manifest = self._records.datasets.manifest(active.dataset_id)
        seen = {entry.example for entry in manifest.train} if manifest is not None else set()
        return [example for example in held_out if example.id not in seen]


def withdrawn(manifest: Manifest | None, examples: Mapping[str, Example]) -> int:
    """How many examples a version was trained on that their owner keeps out of learning by now."""
    entries = [] if manifest is None else manifest.train
    found = (examples.get(entry.example) for entry in entries)
    return sum(example is not None and example.left_out in WITHDRAWN for example in found)


def standing(entries: list[Entry], examples: Mapping[str, Example]) -> list[Example]:
    """The examples of a version that still read as they did (a passage in a prompt may have been removed since)."""
    found = ((examples.get(entry.example), entry.sha256) for entry in entries)
    return [example for example, sha256 in found if example is not None and content_sha256(example) == sha256]


def ticker(steps: int, report: Callable[[TrainingProgress], None]) -> Callable[[], None]:
    """To be called after each of so many items: it reports how far a gate is."""
    done = 0

    def tick() -> None:
        nonlocal done
        done = min(done + 1, steps)
        report(TrainingProgress(phase="gating", step=done, steps=steps, loss=None, tokens_per_s=0.0, eta_s=None))

    return tick
