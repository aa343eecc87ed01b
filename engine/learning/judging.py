"""Puts adapters to the two gates, keeps what they say, and holds back what they refused."""

from collections.abc import Callable, Collection

import msgspec

from engine.clock import Clock
from engine.errors import InputRefused
from engine.learning.experiments.side_by_side_report import side_by_side_reports, side_by_side_score
from engine.learning.gate.base_answers import BaseAnswers
from engine.learning.gate.full_gate import FullGate
from engine.learning.gate.full_measure import Ask
from engine.learning.gate.gating import Gate
from engine.learning.gate.shadow import ShadowRun
from engine.learning.records.records import Records
from engine.learning.values import Adapter, Example, GateReport, Shadow, TrainingProgress
from engine.learning.watch import TURNING_POINTS
from engine.learning.work import Work
from engine.models.runtime import Runtime
from engine.progress import Control

Heard = Callable[[TrainingProgress], None]


def unheard(progress: TrainingProgress) -> None:
    """The report of a caller who does not ask."""


class Judging:
    """`review` gives everything curated."""

    def __init__(
        self,
        records: Records,
        runtime: Runtime,
        answers: BaseAnswers,
        work: Work,
        *,
        review: Callable[[], list[Example]],
        ask: Ask,
        clock: Clock,
    ) -> None:
        self._records = records
        self._runtime = runtime
        self._work = work
        self._review = review
        self._gate = Gate(records, runtime, answers)
        self._full_gate = FullGate(records, runtime, answers, ask)
        self._shadow = ShadowRun(records, runtime, answers, clock)

    def gate(self, adapter_id: str, *, report: Heard = unheard, control: Control | None = None) -> GateReport:
        """Judge an adapter on this serving file, and keep the report. What was measured once stays."""
        candidate = self.of_this_base(adapter_id)
        examples = {example.id: example for example in self._review()}
        gate = self._gate.run(candidate, examples, report=report, control=control or Control())
        with self._records.database.write() as connection:
            self._records.registry.judge(connection, adapter_id, gate, self._runtime.description.serving_sha256)
            self._records.audit.record(connection, "adapter_gated", adapter=adapter_id, verdict=gate.verdict)
        return gate

    def test_fully(self, adapter_id: str, *, report: Heard = unheard, control: Control | None = None) -> GateReport:
        """Put an adapter to the full gate. Failing while in use takes it out of use: the one before answers again.

        It takes minutes, so it is done once an adapter is in use. Raises InputRefused("adapter_absent"),
        ("adapter_wrong_base"), Busy("training_busy"), or Interrupted with what was measured kept.
        """
        candidate = self.of_this_base(adapter_id)
        examples = {example.id: example for example in self._review()}
        with self._work.begun(control, tested=adapter_id) as under:
            gate = self._full_gate.run(candidate, examples, report=report, control=under)
        gate = self._with_choices(adapter_id, gate)
        with self._records.database.write() as connection:
            self._records.registry.judge_fully(connection, adapter_id, gate)
            self._records.audit.record(connection, "adapter_tested", adapter=adapter_id, verdict=gate.verdict)
            if gate.verdict == "reject" and self._records.registry.roll_back(connection, adapter_id):
                self._records.audit.record(connection, "adapter_failed", adapter=adapter_id)
            if gate.verdict == "reject":
                self._records.trials.end(connection, "failed", of=[adapter_id])
        return gate

    def shadow(
        self,
        adapter_id: str,
        *,
        members: Collection[str] | None,
        report: Heard = unheard,
        control: Control | None = None,
    ) -> Shadow:
        """What an adapter would have answered to what was corrected or chosen since it was trained, and keep it. Of the
        examples only `members` count; None is all.

        Raises InputRefused("adapter_absent"), ("adapter_wrong_base"), ("adapter_rejected"), Busy("training_busy"), or
        Interrupted with what was measured kept.
        """
        version = self.of_this_base(adapter_id)
        self.not_rejected(version)
        examples = [one for one in self._review() if members is None or one.id in members]
        with self._work.begun(control) as under:
            found = self._shadow.run(version, examples, report=report, control=under)
        with self._records.database.write() as connection:
            self._records.registry.keep_shadow(connection, adapter_id, found)
            self._records.audit.record(connection, "adapter_shadowed", adapter=adapter_id, verdict=found.report.verdict)
        return found

    def _with_choices(self, adapter_id: str, gate: GateReport) -> GateReport:
        """What was chosen between its drafts and others, quoted: it decides nothing."""
        rows = self._records.comparisons.on(self._runtime.description.serving_sha256)
        told = [one for one in side_by_side_reports(rows) if one.adapter == adapter_id and one.wins + one.losses]
        return msgspec.structs.replace(
            gate,
            scores=[*gate.scores, *map(side_by_side_score, told)],
            reasons=[*gate.reasons, *(one.words for one in told)],
        )

    def of_this_base(self, adapter_id: str) -> Adapter:
        """Raises InputRefused("adapter_absent") or ("adapter_wrong_base")."""
        adapter = self._records.registry.get(adapter_id)
        if adapter.base_sha256 != self._runtime.description.base_sha256:
            raise InputRefused("adapter_wrong_base", model=self._runtime.description.title)
        return adapter

    def not_rejected(self, adapter: Adapter) -> GateReport:
        """What the gate says of it on this serving file, where it is asked first if it was not yet.

        Raises InputRefused("adapter_rejected").
        """
        gated_here = adapter.serving_sha256 == self._runtime.description.serving_sha256
        gate = adapter.gate if adapter.gate is not None and gated_here else self.gate(adapter.id)
        full = self._records.registry.get(adapter.id).full_gate
        if gate.verdict == "reject" or (full is not None and full.verdict == "reject"):
            raise InputRefused("adapter_rejected", adapter=adapter.id)
        return gate

    def failures(self) -> list[str]:
        """What the adapter lost that was taken out of use by the full gate, as long as that is the last word."""
        entry = self._records.audit.latest(*TURNING_POINTS)
        if entry is None or entry.action != "adapter_failed":
            return []
        found = (one for one in self._records.registry.all() if one.id == entry.fields["adapter"])
        full = next((one.full_gate for one in found), None)
        if full is None:
            return []
        return [words for score, words in zip(full.scores, full.reasons, strict=True) if not score.passed]
