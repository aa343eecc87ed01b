"""The versions of the assistant that learning made: which one answers, which is tried, and the way back."""

from collections.abc import Callable, Sequence

import msgspec

from engine.errors import InputRefused
from engine.learning.gating import withdrawn
from engine.learning.judging import Judging
from engine.learning.reach import Reach
from engine.learning.records import Records
from engine.learning.tally import tallies
from engine.learning.trying import SHARE, Answers, Trying
from engine.learning.uses import CHANGES, uses
from engine.learning.values import (
    Adapter,
    AdapterState,
    Answering,
    Example,
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
        signs they were taken, and the newest trial of each."""
        rated = tallies(self._records.log.ratings())
        signals = {counts.adapter: counts for counts in self._signals()}
        tried = {report.trial.adapter: report for report in reversed(self.trials())}
        return [
            msgspec.structs.replace(
                adapter, ratings=rated.get(adapter.id), signals=signals.get(adapter.id), trial=tried.get(adapter.id)
            )
            for adapter in self._records.registry.all(destroyed=destroyed)
        ]

    def uses(self) -> list[Use]:
        """When each adapter for this base was in use, oldest first, those destroyed since too."""
        known = self._records.registry.all(destroyed=True)
        of_base = {adapter.id for adapter in known if adapter.state is not AdapterState.OTHER_BASE}
        return uses(self._records.audit.of(*CHANGES), of_base, self._records.log.ratings())

    def active(self) -> AdapterInUse | None:
        """What answers now, where nothing is on trial: None while learning is off, or until the gate has seen it on
        this model's file."""
        adapter = self._records.registry.active() if self._reach.consent is not None else None
        gated_here = adapter is not None and adapter.serving_sha256 == self._runtime.description.serving_sha256
        return AdapterInUse(adapter.id, 1.0) if adapter is not None and gated_here else None

    def file(self, adapter_id: str) -> AdapterFile:
        """An adapter's bytes, for the runtime. Raises InputRefused("adapter_absent")."""
        return self._records.registry.file(adapter_id)

    def promote(self, adapter_id: str, *, force: bool = False) -> Adapter:
        """Use an adapter from now on: the owner's decision. It is judged first where that was not done on this file.

        Raises InputRefused("adapter_absent"), ("adapter_wrong_base"), ("adapter_rejected"), or ("adapter_unproven")
        for one the gate could not tell of, unless `force` or its trial says that it is better. A trial ends.
        """
        gate = self._judging.not_rejected(self._judging.of_this_base(adapter_id))
        if gate.verdict == "not_enough_data" and not force and not self._trying.has_shown(adapter_id):
            raise InputRefused("adapter_unproven", adapter=adapter_id)
        active = self._records.registry.active()
        if active is None or active.id != adapter_id:
            with self._records.database.write() as connection:
                self._records.registry.promote(connection, adapter_id)
                self._records.audit.record(connection, "adapter_promoted", adapter=adapter_id, verdict=gate.verdict)
                if not self._records.trials.end(connection, "kept", of=[adapter_id]):
                    self._records.trials.end(connection, "other_promoted")
            self._work.stop_test(but_of=adapter_id)
        return self._records.registry.get(adapter_id)

    def roll_back(self) -> Adapter | None:
        """Go back to the adapter in use before, or to the base (None)."""
        active = self._records.registry.active()
        if active is not None:
            with self._records.database.write() as connection:
                if self._records.registry.roll_back(connection, active.id):
                    self._records.audit.record(connection, "adapter_rolled_back", adapter=active.id)
                    self._records.trials.end(connection, "rolled_back")
            self._work.stop_test()
        return self._records.registry.active()

    def watch(self) -> Returned | None:
        """Call it after a rating: when ratings fell under the adapter in use, the one before answers again."""
        returned = self._watch.look() if self._reach.consent is not None else None
        if returned is not None:
            self._work.stop_test()
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
        if self._work.tested == adapter_id:
            self._work.stop()
        self._runtime.forget_adapter(adapter_id)
        self._records.remove_files()

    def untested(self) -> str | None:
        """The one in use, where the full gate has not seen it."""
        active = self.active()
        if active is None or self._records.registry.get(active.adapter_id).full_gate is not None:
            return None
        return active.adapter_id

    def withdrawn(self, examples: Sequence[Example]) -> int:
        """How many examples the one in use was trained on that its owner keeps out of learning by now."""
        active = self.active()
        if active is None:
            return 0
        manifest = self._records.datasets.manifest(self._records.registry.get(active.adapter_id).dataset_id)
        return withdrawn(manifest, {example.id: example for example in examples})

    def are_for_another_base(self) -> bool:
        """Whether adapters stand, and all of them for other base models than this one."""
        return {adapter.state for adapter in self._records.registry.all()} == {AdapterState.OTHER_BASE}

    # Trials

    def answering(self, turn_id: str) -> Answering:
        """What answers this turn: drawn, while a version is on trial, and what is in use otherwise."""
        return self._trying.answering(turn_id)

    def try_out(self, adapter_id: str, share: float = SHARE) -> Trial:
        """Let an adapter answer a share of the turns from now on; of the one on trial already, change the share.

        It is judged first where that was not done on this file. Raises InputRefused("learning_off"), ("trial_share"),
        ("trial_in_use"), ("trial_running") while another is on trial, or of the adapter what `promote` does; one that
        the gate could not tell of may be tried.
        """
        self._reach.required()
        adapter = self._judging.of_this_base(adapter_id)
        self._judging.not_rejected(adapter)
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
