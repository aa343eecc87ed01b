"""Trying a version on a share of the answers: which arm answers a turn, and what is known of each trial."""

from collections.abc import Callable, Mapping
from typing import Final

from engine.errors import InputRefused
from engine.learning.experiments.trial_report import trial_report
from engine.learning.records.records import Records
from engine.learning.records.trials import draw
from engine.learning.values import Adapter, Answering, Trial, TrialEnding, TrialReport
from engine.models.runtime import Runtime
from engine.models.values import AdapterInUse

SHARE: Final = 0.2
LEAST, MOST = 0.05, 0.5
"""Of the answers, for the version on trial: less would take a year to tell anything, and more is no trial."""

Answers = Callable[[], Mapping[tuple[str, bool], int]]
"""How many answers stand, by trial and whether its version on trial gave them."""


class Trying:
    """`active` is what answers in a domain (None: in none) when nothing is tried. A trial is of one serving file: on
    another it has ended. A version made for a domain is tried on that domain's turns, one made for all on those that no
    domain's own adapter answers."""

    def __init__(
        self,
        records: Records,
        runtime: Runtime,
        active: Callable[[str | None], AdapterInUse | None],
        answers: Answers,
    ) -> None:
        self._records = records
        self._runtime = runtime
        self._active = active
        self._answers = answers
        records.trials.end_on_other_file(runtime.description.base_sha256, runtime.description.serving_sha256)

    def answering(self, turn_id: str, domain_id: str | None = None) -> Answering:
        """What answers a turn of a domain: drawn by its id while a trial runs there."""
        trial, active = self._records.trials.running(), self._active(domain_id)
        if trial is None or not self._is_gated_here(trial.adapter):
            return Answering(active)
        tried = self._records.registry.get(trial.adapter)
        if trial.against != _name(self._active(tried.domain_id)):
            self.end("other_promoted")
            return Answering(active)
        if tried.domain_id not in {None, domain_id} or trial.against != _name(active):
            return Answering(active)
        arm = draw(trial, turn_id)
        return Answering(AdapterInUse(trial.adapter, 1.0) if arm.tried else active, arm)

    def begin(self, adapter: Adapter, share: float) -> Trial:
        """Raises InputRefused("trial_share"), ("trial_in_use"), or ("trial_running") while another is tried."""
        if not LEAST <= share <= MOST:
            raise InputRefused("trial_share", least=f"{LEAST:.0%}", most=f"{MOST:.0%}")
        against = _name(self._active(adapter.domain_id))
        if adapter.id == against:
            raise InputRefused("trial_in_use", adapter=adapter.id)
        serving = self._runtime.description.serving_sha256
        with self._records.database.write() as connection:
            return self._records.trials.begin(connection, adapter.id, against, share, serving)

    def is_overtaken_by(self, adapter: Adapter) -> bool:
        """Whether the trial that runs is against what answers until `adapter` is put to use."""
        trial = self._records.trials.running()
        if trial is None:
            return False
        tried = self._records.registry.get(trial.adapter)
        falls_back = adapter.domain_id is None and self._records.registry.active(tried.domain_id) is None
        return tried.domain_id == adapter.domain_id or falls_back

    def end(self, ending: TrialEnding) -> bool:
        """Whether there was one to end."""
        with self._records.database.write() as connection:
            return self._records.trials.end(connection, ending)

    def reports(self) -> list[TrialReport]:
        """Of every trial, newest first, by the ratings and answers that stand."""
        trials = self._records.trials.all()
        if not trials:
            return []
        rated, answers = self._records.log.ratings(), self._answers()
        return [
            trial_report(trial, rated, (answers.get((trial.id, True), 0), answers.get((trial.id, False), 0)))
            for trial in trials
        ]

    def has_shown(self, adapter_id: str) -> bool:
        """Whether the trial that runs says that this adapter is better."""
        return any(
            report.trial.adapter == adapter_id and report.trial.ending is None and report.verdict == "better"
            for report in self.reports()
        )

    def _is_gated_here(self, adapter_id: str) -> bool:
        adapter, model = self._records.registry.get(adapter_id), self._runtime.description
        return (adapter.base_sha256, adapter.serving_sha256) == (model.base_sha256, model.serving_sha256)


def _name(adapter: AdapterInUse | None) -> str | None:
    return None if adapter is None else adapter.adapter_id
