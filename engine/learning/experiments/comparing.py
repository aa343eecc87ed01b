"""Blind side-by-sides: which answers come as two drafts and by what, what was chosen, and what that says."""

from collections.abc import Callable
from typing import Final

from engine.clock import Clock
from engine.errors import InputRefused
from engine.ids import new_id
from engine.learning.capture import Answered, Capture
from engine.learning.experiments.side_by_side_report import side_by_side_reports
from engine.learning.judging import Judging
from engine.learning.picks import SideBySideReport
from engine.learning.reach import Reach
from engine.learning.records.comparisons import Pair, SideBySide, draw
from engine.learning.records.records import Records
from engine.learning.values import AdapterState, Choice
from engine.models.runtime import Runtime
from engine.models.values import AdapterInUse

LEAST, MOST = 0.05, 0.5
"""Of the answers, where a version is to be compared: less would take a year to tell, and more is a nuisance."""

_RIVALS: Final = (AdapterState.CANDIDATE, AdapterState.ON_TRIAL, AdapterState.RETIRED)


class Comparing:
    """`share` is the owner's setting; `active` is what answers in a domain (None: in none) when nothing is drawn. Where
    the version to compare would not answer itself were it in use, both drafts are by what answers there."""

    def __init__(
        self,
        records: Records,
        runtime: Runtime,
        reach: Reach,
        judging: Judging,
        capture: Capture,
        *,
        active: Callable[[str | None], AdapterInUse | None],
        share: Callable[[], float],
        clock: Clock,
    ) -> None:
        self._records = records
        self._runtime = runtime
        self._reach = reach
        self._judging = judging
        self._capture = capture
        self._active = active
        self._share = share
        self._clock = clock

    # Drawing

    def drawn(self, turn_id: str, thread_id: str, domain_id: str | None = None) -> Pair | None:
        """The pair that answers a turn of a domain, where one was drawn and the conversation may teach."""
        share = self._share()
        if not share or not self._may_teach(thread_id):
            return None
        return self._pair(turn_id, share, domain_id)

    def wanted(self, turn_id: str, domain_id: str | None = None) -> Pair:
        """A pair for a turn whose owner asked for one: only the sides are drawn."""
        pair = self._pair(turn_id, 1.0, domain_id)
        assert pair is not None
        return pair

    def require(self, thread_id: str | None) -> None:
        """Raises InputRefused("learning_off"), or ("comparison_refused") for a conversation kept out of learning."""
        self._reach.required()
        if thread_id is not None and not self._reach.learns_from(thread_id):
            raise InputRefused("comparison_refused", thread=thread_id)

    def show(self, pair: Pair, left: Answered, right: Answered) -> SideBySide | None:
        """Keep that two drafts are shown; None where they may not be any more."""
        consent_version = self._reach.consent
        if consent_version is None or self._reach.refusal(left.thread_id, left.id) is not None:
            return None
        shown = SideBySide(
            id=pair.id,
            thread_id=left.thread_id,
            left=left.id,
            right=right.id,
            left_adapter=left.route.adapter,
            right_adapter=right.route.adapter,
            rival=pair.rival,
            serving_sha256=self._runtime.description.serving_sha256,
            propensity=pair.propensity,
            consent_version=consent_version,
            created_ms=self._clock(),
        )
        with self._records.database.write() as connection:
            self._records.comparisons.append(connection, shown)
        return shown

    # Choosing

    def of_turn(self, turn_id: str) -> SideBySide:
        """Raises InputRefused("comparison_absent")."""
        shown = self._records.comparisons.of_turn(turn_id)
        if shown is None:
            raise InputRefused("comparison_absent", turn=turn_id)
        return shown

    def choose(self, shown: SideBySide, choice: Choice, left: Answered, right: Answered) -> bool:
        """Keep a choice between two drafts, with the preference it is where one was better; whether it may be kept.

        Raises InputRefused("comparison_chosen") for a second one.
        """
        if self._reach.refusal(shown.thread_id, shown.left) is not None:
            return False
        sides = {"left": (left, right), "right": (right, left)}.get(choice)
        with self._records.database.write() as connection:
            if not self._records.comparisons.choose(connection, shown.id, choice):
                raise InputRefused("comparison_chosen", turn=shown.left)
            if sides is not None:
                self._capture.prefer_in(connection, *sides, feedback_id=shown.id)
        return True

    # The rival

    def rival(self) -> str | None:
        """The version that is compared with the one in use, as long as it could be used itself."""
        adapter_id, model = self._records.comparisons.rival(), self._runtime.description
        for adapter in self._records.registry.all():
            here = (adapter.base_sha256, adapter.serving_sha256) == (model.base_sha256, model.serving_sha256)
            if adapter.id == adapter_id and here and adapter.state in _RIVALS:
                return adapter.id
        return None

    def begin(self, adapter_id: str) -> None:
        """Compare an adapter with what is in use from now on. It is judged first where that was not done on this file.

        Raises InputRefused("learning_off"), ("adapter_absent"), ("adapter_wrong_base"), ("adapter_rejected"), or
        ("comparison_in_use") for the one in use.
        """
        self._reach.required()
        adapter = self._judging.of_this_base(adapter_id)
        self._judging.not_rejected(adapter)
        if adapter.state is AdapterState.ACTIVE:
            raise InputRefused("comparison_in_use", adapter=adapter_id)
        self._set_rival(adapter_id)

    def end(self) -> None:
        """Compare no version any more."""
        self._set_rival(None)

    # What is known

    def all(self) -> list[SideBySide]:
        """Everything that was shown, oldest first."""
        return self._records.comparisons.all()

    def reports(self) -> list[SideBySideReport]:
        """What the choices between drafts of this serving file say, by pair of versions that stand."""
        return side_by_side_reports(self._records.comparisons.on(self._runtime.description.serving_sha256))

    def _may_teach(self, thread_id: str) -> bool:
        return self._reach.consent is not None and self._reach.learns_from(thread_id)

    def _pair(self, turn_id: str, share: float, domain_id: str | None) -> Pair | None:
        side = draw(self._records.comparisons.seed(), turn_id, share)
        if side is None:
            return None
        in_use = self._active(domain_id)
        rival = self._rival_of(in_use, domain_id)
        other = in_use if rival is None else AdapterInUse(rival, 1.0)
        left, right = (other, in_use) if side == "left" else (in_use, other)
        return Pair(id=new_id(), left=left, right=right, rival=None if rival is None else side, propensity=share)

    def _rival_of(self, in_use: AdapterInUse | None, domain_id: str | None) -> str | None:
        """The rival, where it would answer in a domain in the place of what is in use there."""
        rival = self.rival()
        if rival is None:
            return None
        made_for = self._records.registry.get(rival).domain_id
        return rival if made_for in {None, domain_id} and self._active(made_for) == in_use else None

    def _set_rival(self, adapter_id: str | None) -> None:
        with self._records.database.write() as connection:
            if self._records.comparisons.set_rival(connection, adapter_id):
                if adapter_id is None:
                    self._records.audit.record(connection, "comparing_ended")
                else:
                    self._records.audit.record(connection, "comparing_begun", adapter=adapter_id)
