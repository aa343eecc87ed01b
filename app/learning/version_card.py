"""One version of what was learned: where it stands, the gate's report card, and what can be done with it."""

from collections.abc import Mapping

from msgspec.structs import asdict
from PySide6.QtCore import Qt, Signal
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
from engine.learning.values import Adapter, AdapterState, TrialReport
from engine.words import say

_LOOKS = {AdapterState.ACTIVE: "pill-good", AdapterState.REJECTED: "pill-bad"}


class VersionCard(QFrame):
    """`acted` carries an adapter's id and what to do: use, test, try, end_trial, trial_answers, compare, end_compare,
    roll_back or delete. `is_rival`: it is compared with the one in use."""

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
        self._untested: QLabel | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 12)
        column.setSpacing(8)
        column.addLayout(self._head())
        if adapter.domain_id is not None:
            name = domains.get(adapter.domain_id)
            words = say("learning_page.for_gone_domain" if name is None else "learning_page.for_domain", name=name)
            column.addWidget(label(words, name="adapter.domain"))
        column.addWidget(label(self._summary(), "small"))
        if adapter.ratings is not None:
            words = say("learning.rated", **asdict(adapter.ratings))
            column.addWidget(label(words, "small", name="adapter.ratings"))
        if adapter.signals is not None:
            words = say("learning.signals", **asdict(adapter.signals))
            column.addWidget(label(words, "small", name="adapter.signals"))
        if adapter.gate is not None:
            column.addWidget(label("\n".join(f"• {reason}" for reason in adapter.gate.reasons), name="adapter.reasons"))
        if adapter.full_gate is not None:
            reasons = "\n".join(f"• {reason}" for reason in adapter.full_gate.reasons)
            column.addWidget(label(reasons, name="adapter.full_reasons"))
        elif adapter.state is AdapterState.ACTIVE:
            self._untested = label(say("learning_page.untested"), "muted", name="adapter.untested")
            column.addWidget(self._untested)
        if adapter.trial is not None:
            column.addWidget(self._trial(adapter.trial))
        if is_rival or adapter.side_by_sides:
            column.addWidget(self._side_by_sides())
        column.addLayout(self._foot())
        self._column = column

    def follow(self, under_way: Kind | None) -> None:
        """The longer test is offered only while no training or test is under way; otherwise the card says why not."""
        if self._test is None or self._untested is None:
            return
        words = {"test": "learning_pictures.testing", "train": "learning_pictures.test_later"}
        self._untested.setText(say(words.get(under_way or "", "learning_page.untested")))
        self._test.setVisible(under_way is None)

    def _head(self) -> QHBoxLayout:
        adapter = self.adapter
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label(say("learning_page.version", when=moment(adapter.created_ms)), "strong"), 1)
        state = label(
            say(f"learning_page.state_{adapter.state.value}", share=_share(adapter)),
            _LOOKS.get(adapter.state, "pill"),
            wrap=False,
            name="adapter.state",
        )
        row.addWidget(state, 0, Qt.AlignmentFlag.AlignVCenter)
        gates = [gate for gate in (adapter.gate, adapter.full_gate) if gate is not None]
        if gates:
            verdict = "reject" if any(gate.verdict == "reject" for gate in gates) else gates[0].verdict
            look = {"promote": "pill-good", "reject": "pill-bad"}.get(verdict, "pill")
            words = label(say(f"learning.verdict_{verdict}"), look, wrap=False, name="adapter.verdict")
            row.addWidget(words, 0, Qt.AlignmentFlag.AlignVCenter)
        return row

    def _summary(self) -> str:
        adapter = self.adapter
        return say(
            "learning_page.version_summary",
            examples=adapter.examples,
            held_out=adapter.held_out,
            layers=adapter.layers,
            rank=adapter.rank,
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

    def _foot(self) -> QHBoxLayout:
        adapter = self.adapter
        row = QHBoxLayout()
        row.setSpacing(8)
        if adapter.gate is not None or adapter.losses:
            self._report = button("adapter.report", say("learning_page.report_card"), self._toggle_report, look="quiet")
            row.addWidget(self._report, 0, Qt.AlignmentFlag.AlignTop)
        acts = FlowLayout(spacing=8, to_the_right=True)
        if adapter.state is AdapterState.ACTIVE:
            if adapter.full_gate is None:
                self._test = self._acting("test", "check")
                acts.addWidget(self._test)
            acts.addWidget(self._acting("roll_back", "rollback"))
        elif adapter.state is AdapterState.ON_TRIAL:
            acts.addWidget(self._acting("end_trial", "stop"))
            acts.addWidget(self._comparing())
            acts.addWidget(self._acting("use", "check", words="use_it"))
        elif adapter.state not in {AdapterState.REJECTED, AdapterState.OTHER_BASE}:
            acts.addWidget(self._acting("try"))
            acts.addWidget(self._comparing())
            acts.addWidget(self._acting("use", "check"))
        acts.addWidget(self._acting("delete", "delete"))
        row.addLayout(acts, 1)
        return row

    def _comparing(self) -> QWidget:
        return self._acting("end_compare", "stop") if self._is_rival else self._acting("compare")

    def _acting(self, act: str, icon: str = "", *, words: str = "") -> QWidget:
        look = "primary" if act == "use" else ""
        role: Role = "on_accent" if act == "use" else "text"
        text = say(f"learning_page.{words or act}")
        return button(
            f"adapter.{act}", text, lambda: self.acted.emit(act, self.adapter.id), look=look, icon=icon, role=role
        )

    def _toggle_report(self) -> None:
        if self._card is None:
            self._card = ReportCard(self.adapter, self._theme)
            self._column.insertWidget(self._column.count() - 1, self._card)
        else:
            self._card.setVisible(self._card.isHidden())


def _share(adapter: Adapter) -> float:
    return 0.0 if adapter.trial is None else adapter.trial.trial.share
