"""The versions of the assistant that learning made: which one answers, which is tried, and the way back."""

from collections import defaultdict
from collections.abc import Callable, Sequence

import msgspec

from engine.errors import InputRefused
from engine.learning.experiments.side_by_side_report import side_by_side_reports
from engine.learning.experiments.trying import SHARE, Answers, Trying
from engine.learning.gate.gating import withdrawn
from engine.learning.judging import Judging
from engine.learning.reach import Reach
from engine.learning.records.records import Records
from engine.learning.tally import tallies
from engine.learning.uses import CHANGES, uses
from engine.learning.values import (
    Adapter,
    AdapterState,
    Answering,
    Example,
    Nearest,
    Returned,
    Signals,
    Trial,
    TrialReport,
    Use,
)
from engine.learning.watch import Watch
from engine.learning.work import Work
from engine.models.runtime import Runtime
from engine.models.values import AdapterFile, AdapterInUse


class Versions:
    """`signals` are the signs of use counted by version, `answers` those given in trials."""

    def __init__(
        self,
        records: Records,
        runtime: Runtime,
        reach: Reach,
        judging: Judging,
        work: Work,
        *,
        signals: Callable[[], list[Signals]],
        answers: Answers,
    ) -> None:
        self._records = records
        self._runtime = runtime
        self._reach = reach
        self._judging = judging
        self._work = work
        self._signals = signals
        self._watch = Watch(records)
        self._trying = Trying(records, runtime, self.active, answers)

    def all(self, *, destroyed: bool = False) -> list[Adapter]:
        """Those that stand, with `destroyed` the others too, newest first: how their answers were rated, by what weaker
        signs they were taken, the newest trial of each, and what blind choices say."""
        rated = tallies(self._records.log.ratings())
        signals = {counts.adapter: counts for counts in self._signals()}
        tried = {report.trial.adapter: report for report in reversed(self.trials())}
        compared = side_by_side_reports(self._records.comparisons.on(self._runtime.description.serving_sha256))
        return [
            msgspec.structs.replace(
                adapter,
                ratings=rated.get(adapter.id),
                signals=signals.get(adapter.id),
                trial=tried.get(adapter.id),
                side_by_sides=[report for report in compared if report.adapter == adapter.id],
            )
            for adapter in self._records.registry.all(destroyed=destroyed)
        ]

    def uses(self) -> list[Use]:
        """When each adapter for this base was in use, for all or for its domain, oldest first, those destroyed too."""
        of_base: dict[str | None, set[str]] = defaultdict(set)
        for adapter in self._records.registry.all(destroyed=True):
            if adapter.state is not AdapterState.OTHER_BASE:
                of_base[adapter.domain_id].add(adapter.id)
        trail, ratings = self._records.audit.of(*CHANGES), self._records.log.ratings()
        made = [use for adapters in of_base.values() for use in uses(trail, adapters, ratings)]
        return sorted(made, key=lambda use: use.from_ms)

    def active(self, domain_id: str | None = None) -> AdapterInUse | None:
        """What answers now, in a domain or where there is none, and nothing is on trial: None while learning is off, or
        until the gate has seen it on this model's file."""
        in_use = {adapter.domain_id: adapter for adapter in self.in_use()}
        adapter = in_use.get(domain_id) or in_use.get(None)
        return None if adapter is None else AdapterInUse(adapter.id, 1.0)

    def in_use(self) -> list[Adapter]:
        """The one for all and those of the domains, where learning is on and the gate has seen them on this file."""
        if self._reach.consent is None:
            return []
        serving = self._runtime.description.serving_sha256
        return [adapter for adapter in self._records.registry.in_use() if adapter.serving_sha256 == serving]

    def file(self, adapter_id: str) -> AdapterFile:
        """An adapter's bytes, for the runtime. Raises InputRefused("adapter_absent")."""
        return self._records.registry.file(adapter_id)

    def promote(self, adapter_id: str, *, force: bool = False) -> Adapter:
        """Use an adapter from now on: the owner's decision. It is judged first where that was not done on this file.

        Raises InputRefused("learning_off"), ("adapter_absent"), ("adapter_wrong_base"), ("adapter_rejected"), or
        ("adapter_unproven") for one the gate could not tell of, unless `force` or its trial says that it is better; or
        ("domain_gone") for one whose domain is gone. A trial of what it replaces ends.
        """
        self._reach.required()
        adapter = self._judging.of_this_base(adapter_id)
        gate = self._judging.not_rejected(adapter)
        self._has_domain(adapter)
        if gate.verdict == "not_enough_data" and not force and not self._trying.has_shown(adapter_id):
            raise InputRefused("adapter_unproven", adapter=adapter_id)
        active, overtaken = self._records.registry.active(adapter.domain_id), self._trying.is_overtaken_by(adapter)
        if active is None or active.id != adapter_id:
            with self._records.database.write() as connection:
                self._records.registry.promote(connection, adapter_id)
                self._records.audit.record(connection, "adapter_promoted", adapter=adapter_id, verdict=gate.verdict)
                if not self._records.trials.end(connection, "kept", of=[adapter_id]) and overtaken:
                    self._records.trials.end(connection, "other_promoted")
            if active is not None:
                self._work.stop_test(active.id)
        return self._records.registry.get(adapter_id)

    def roll_back(self, domain_id: str | None = None) -> Adapter | None:
        """Go back to the adapter in use before; without one, for a domain to the one for all, and else to the base
        (None)."""
        active = self._records.registry.active(domain_id)
        if active is not None:
            with self._records.database.write() as connection:
                if self._records.registry.roll_back(connection, active.id):
                    self._records.audit.record(connection, "adapter_rolled_back", adapter=active.id)
                    self._records.trials.end(connection, "rolled_back", of=[active.id])
            self._work.stop_test(active.id)
        return self._records.registry.answering(domain_id)

    def watch(self) -> Returned | None:
        """Call it after a rating: when ratings fell under the adapter in use, the one before answers again."""
        returned = self._watch.look() if self._reach.consent is not None else None
        if returned is not None:
            self._work.stop_test(returned.adapter)
        return returned

    def returned(self) -> Returned | None:
        """The last such return, as long as it is the last word."""
        return self._watch.returned()

    def delete(self, adapter_id: str) -> None:
        """Destroy one adapter; if it was in use, the one before it is. Raises InputRefused("adapter_absent")."""
        self._records.registry.get(adapter_id)
        with self._records.database.write() as connection:
            self._records.registry.mark_destroyed(connection, [adapter_id])
            self._records.audit.record(connection, "adapter_deleted", adapter=adapter_id)
            self._records.trials.end(connection, "deleted", of=[adapter_id])
        self._work.stop_test(adapter_id)
        self._runtime.forget_adapter(adapter_id)
        self._records.remove_files()

    def untested(self) -> str | None:
        """One in use that the full gate has not seen."""
        return next((adapter.id for adapter in self.in_use() if adapter.full_gate is None), None)

    def withdrawn(self, examples: Sequence[Example]) -> int:
        """How many examples those in use were trained on that their owner keeps out of learning by now."""
        known = {example.id: example for example in examples}
        manifests = [self._records.datasets.manifest(adapter.dataset_id) for adapter in self.in_use()]
        return sum(withdrawn(manifest, known) for manifest in manifests)

    def are_for_another_base(self) -> bool:
        """Whether adapters stand, and all of them for other base models than this one."""
        return {adapter.state for adapter in self._records.registry.all()} == {AdapterState.OTHER_BASE}

    # Trials

    def answering(self, turn_id: str | None, domain: Nearest | None = None) -> Answering:
        """What answers this turn: drawn, while a version is on trial, and what is in use otherwise. Without an id
        nothing is tried on it."""
        domain_id = None if domain is None else domain.id
        chosen = Answering(self.active(domain_id)) if turn_id is None else self._trying.answering(turn_id, domain_id)
        if domain is None:
            return chosen
        adapter = chosen.adapter
        own = adapter is not None and self._records.registry.get(adapter.adapter_id).domain_id == domain.id
        return msgspec.structs.replace(chosen, domain=domain, own=own)

    def try_out(self, adapter_id: str, share: float = SHARE) -> Trial:
        """Let an adapter answer a share of the turns from now on; of the one on trial already, change the share.

        It is judged first where that was not done on this file. Raises InputRefused("learning_off"), ("trial_share"),
        ("trial_in_use"), ("trial_running") while another is on trial, or of the adapter what `promote` does; one that
        the gate could not tell of may be tried.
        """
        self._reach.required()
        adapter = self._judging.of_this_base(adapter_id)
        self._judging.not_rejected(adapter)
        self._has_domain(adapter)
        return self._trying.begin(adapter, share)

    def end_trial(self) -> TrialReport:
        """End the trial that runs: what was in use answers every turn again. Raises InputRefused("trial_none")."""
        if not self._trying.end("ended"):
            raise InputRefused("trial_none")
        return self.trials()[0]

    def trial(self, trial_id: str) -> Trial:
        """Raises InputRefused("trial_absent")."""
        return self._records.trials.get(trial_id)

    def trials(self) -> list[TrialReport]:
        """Every trial, newest first, and what it says by the ratings that stand."""
        return self._trying.reports()

    def _has_domain(self, adapter: Adapter) -> None:
        """Raises InputRefused("domain_gone")."""
        if not self._records.registry.is_for_something(adapter):
            raise InputRefused("domain_gone", adapter=adapter.id)
