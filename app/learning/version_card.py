"""One version of what was learned: where it stands, the gate's report card, and what can be done with it."""

from collections.abc import Mapping

from msgspec.structs import asdict
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.learning.report_card import ReportCard
from app.style.icons import Role
from app.style.theme import Theme
from app.tasks import Kind
from app.widgets.buttons import button
from app.widgets.flow_layout import FlowLayout
from app.widgets.labels import label
from app.widgets.moments import moment
from app.widgets.pages import card
from app.widgets.tab_order import tab_in_order
from engine.learning.values import Adapter, AdapterState, GateReport, Shadow, TrialReport, Verdict
from engine.words import say

_LOOKS = {AdapterState.ACTIVE: "pill-good", AdapterState.ON_TRIAL: "pill-tried", AdapterState.REJECTED: "pill-bad"}


class VersionCard(QFrame):
    """`acted` carries an adapter's id and what to do: use, test, shadow, try, end_trial, trial_answers, compare,
    end_compare, roll_back or delete. `is_rival`: it is compared with the one in use."""

    acted = Signal(str, str)

    def __init__(
        self,
        adapter: Adapter,
        theme: Theme,
        *,
        domains: Mapping[str, str],
        is_rival: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """`domains` are the names of the groups there are, by their ids."""
        super().__init__(parent)
        self.adapter = adapter
        self._is_rival = is_rival
        self.setObjectName(f"learning.adapter.{adapter.id}")
        self.setProperty("look", "card")
        self.setAccessibleName(say("learning_page.version", when=moment(adapter.created_ms)))
        self._theme = theme
        self._card: QWidget | None = None
        self._test: QWidget | None = None
        self._asks: QWidget | None = None
        self._untested: QLabel | None = None
        self._is_for_nothing = adapter.domain_id is not None and adapter.domain_id not in domains
        self._is_past = adapter.state in {AdapterState.RETIRED, AdapterState.OTHER_BASE}
        self._reasons: list[QWidget] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 12)
        column.setSpacing(8)
        column.addLayout(self._head())
        if adapter.domain_id is not None:
            key = "for_gone_domain" if self._is_for_nothing else "for_domain"
            words = say(f"learning_page.{key}", name=domains.get(adapter.domain_id))
            column.addWidget(label(words, name="adapter.domain"))
        column.addWidget(label(self._summary(), "small", name="adapter.made_of"))
        if adapter.ratings is not None:
            words = say("learning.rated", **asdict(adapter.ratings))
            column.addWidget(label(words, "small", name="adapter.ratings"))
        if adapter.signals is not None:
            words = say("learning.signals", **asdict(adapter.signals))
            column.addWidget(label(words, "small", name="adapter.signals"))
        for name, gate in (("reasons", adapter.gate), ("full_reasons", adapter.full_gate)):
            if gate is not None and gate.reasons:
                self._reasons.append(self._told_by(gate, f"adapter.{name}"))
                column.addWidget(self._reasons[-1])
        if adapter.full_gate is None and adapter.state is AdapterState.ACTIVE:
            self._untested = label(say("learning_page.untested"), "muted", name="adapter.untested")
            column.addWidget(self._untested)
        if adapter.trial is not None:
            column.addWidget(self._trial(adapter.trial))
        if is_rival or adapter.side_by_sides:
            column.addWidget(self._side_by_sides())
        if adapter.shadow is not None:
            column.addWidget(self._in_shadow(adapter.shadow))
        column.addLayout(self._foot())
        self._column = column

    def follow(self, under_way: Kind | None) -> None:
        """The longer test is offered only while no training or test is under way; otherwise the card says why not."""
        if self._asks is not None:
            self._asks.setEnabled(under_way in {None, "test"})
        if self._test is None or self._untested is None:
            return
        words = {"test": "learning_pictures.testing", "train": "learning_pictures.test_later"}
        self._untested.setText(say(words.get(under_way or "", "learning_page.untested")))
        self._test.setVisible(under_way is None)

    def _head(self) -> FlowLayout:
        adapter = self.adapter
        row = FlowLayout(spacing=8)
        row.addWidget(label(say("learning_page.version", when=moment(adapter.created_ms)), "strong", wrap=False))
        state = adapter.state
        if self._is_for_nothing and state is AdapterState.ACTIVE:
            state = AdapterState.RETIRED
        words = say(f"learning_page.state_{state.value}", share=_share(adapter))
        row.addWidget(label(words, _LOOKS.get(state, "pill"), wrap=False, name="adapter.state"))
        gates = [gate for gate in (adapter.gate, adapter.full_gate) if gate is not None]
        if gates:
            verdict = "reject" if any(gate.verdict == "reject" for gate in gates) else gates[0].verdict
            look = {"promote": "pill-good", "reject": "pill-bad"}.get(verdict, "pill")
            row.addWidget(label(self._verdict(verdict), look, wrap=False, name="adapter.verdict"))
        return row

    def _verdict(self, verdict: Verdict) -> str:
        """What has been used, or can be no more, is not called ready to use."""
        passed = verdict == "promote" and (self._is_for_nothing or not _waits(self.adapter))
        return say("learning_page.passed" if passed else f"learning.verdict_{verdict}")

    def _told_by(self, gate: GateReport, name: str) -> QWidget:
        """Of a version of the past with its report card only: what is chosen between comes first."""
        made = label("\n".join(f"• {reason}" for reason in gate.reasons), name=name)
        made.setHidden(self._is_past)
        return made

    def _summary(self) -> str:
        adapter = self.adapter
        return say(
            "learning_page.version_summary",
            examples=adapter.examples,
            held_out=adapter.held_out,
            layers=adapter.layers,
            rank=adapter.rank,
            passes=_passes(adapter),
            name=adapter.id[:8],
        )

    def _trial(self, report: TrialReport) -> QWidget:
        frame, column = card("adapter.trial", "inset")
        column.setSpacing(4)
        verdict, *arms = report.reasons
        column.addWidget(label(report.standing, "strong", name="trial.standing"))
        column.addWidget(label(verdict, name="trial.verdict"))
        for arm in arms:
            column.addWidget(label(arm, "small", name="trial.arm"))
        if report.trial.ending is not None and report.tried.answers + report.in_use.answers:
            row = QHBoxLayout()
            row.addWidget(self._acting("trial_answers"))
            row.addStretch(1)
            column.addLayout(row)
        return frame

    def _side_by_sides(self) -> QWidget:
        frame, column = card("adapter.side_by_sides", "inset")
        column.setSpacing(4)
        key = "compared_now" if self._is_rival else "compared_before"
        column.addWidget(label(say(f"learning_page.{key}"), "strong", name="side_by_side.standing"))
        for report in self.adapter.side_by_sides:
            column.addWidget(label(report.words, name="side_by_side.words"))
        return frame

    def _in_shadow(self, shadow: Shadow) -> QWidget:
        frame, column = card("adapter.shadow", "inset")
        column.setSpacing(4)
        words = say("learning_page.in_shadow", when=moment(shadow.at_ms))
        column.addWidget(label(words, "strong", name="shadow.standing"))
        verdict, *rest = shadow.report.reasons
        column.addWidget(label(verdict, name="shadow.verdict"))
        for reason in rest:
            column.addWidget(label(reason, "small", name="shadow.reason"))
        return frame

    def _foot(self) -> FlowLayout:
        adapter = self.adapter
        acts = FlowLayout(spacing=8, to_the_right=True)
        if adapter.gate is not None or adapter.losses:
            acts.addWidget(button("adapter.report", say("learning_page.report_card"), self._toggle_report))
        if adapter.state not in {AdapterState.REJECTED, AdapterState.OTHER_BASE} and not self._is_for_nothing:
            self._asks = self._acting("shadow")
            acts.addWidget(self._asks)
        if adapter.state is AdapterState.ACTIVE:
            if adapter.full_gate is None:
                self._test = self._acting("test", "check")
                acts.addWidget(self._test)
            acts.addWidget(self._acting("roll_back", "rollback"))
        elif adapter.state is AdapterState.ON_TRIAL:
            acts.addWidget(self._acting("end_trial", "stop"))
            acts.addWidget(self._comparing())
            acts.addWidget(self._acting("use", "check"))
        elif adapter.state not in {AdapterState.REJECTED, AdapterState.OTHER_BASE} and not self._is_for_nothing:
            acts.addWidget(self._acting("try"))
            acts.addWidget(self._comparing())
            acts.addWidget(self._acting("use", "check"))
        acts.addWidget(self._acting("delete", "delete"))
        return acts

    def _comparing(self) -> QWidget:
        return self._acting("end_compare", "stop") if self._is_rival else self._acting("compare")

    def _acting(self, act: str, icon: str = "") -> QWidget:
        is_next = act == "use" and _waits(self.adapter) and _is_better(self.adapter)
        look = "primary" if is_next else ""
        role: Role = "on_accent" if is_next else "text"
        text = say(f"learning_page.{act}")
        return button(
            f"adapter.{act}", text, lambda: self.acted.emit(act, self.adapter.id), look=look, icon=icon, role=role
        )

    def _toggle_report(self) -> None:
        shows = self._card is None or self._card.isHidden()
        if self._card is None:
            self._card = ReportCard(self.adapter, self._theme)
            self._column.insertWidget(self._column.count() - 1, self._card)
            tab_in_order(self._column)
        self._card.setVisible(shows)
        if self._is_past:
            for reasons in self._reasons:
                reasons.setVisible(shows)


def _waits(adapter: Adapter) -> bool:
    """Whether it may yet be put to use for the first time."""
    return adapter.state in {AdapterState.CANDIDATE, AdapterState.ON_TRIAL}


def _is_better(adapter: Adapter) -> bool:
    """By the gate, or by its trial."""
    shown = adapter.trial is not None and adapter.trial.verdict == "better"
    return shown or (adapter.gate is not None and adapter.gate.verdict == "promote")


def _passes(adapter: Adapter) -> str:
    """How often its examples were gone through, where that is known, and how that was chosen."""
    if not adapter.passes:
        return ""
    key = "passes_tried" if adapter.tried else "passes"
    return say(f"learning_page.{key}", passes=adapter.passes, tried=adapter.tried)


def _share(adapter: Adapter) -> float:
    return 0.0 if adapter.trial is None else adapter.trial.trial.share
