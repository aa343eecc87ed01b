"""The learning page's behaviour: on and off, enough or not, one training at a time, what its versions are used for."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from app.learning.base_card import BaseCard
from app.learning.consent_dialog import ConsentDialog, once_agreed
from app.learning.data_card import DataCard
from app.learning.domains_card import DomainsCard
from app.learning.forget_dialog import ForgetDialog
from app.learning.notices import Notices
from app.learning.origin_card import OriginCard
from app.learning.retrieval_card import RetrievalCard
from app.learning.review_dialog import ReviewDialog
from app.learning.share_dialog import ShareDialog
from app.learning.story import Story, told_by, topics_told
from app.learning.timeline_card import TimelineCard
from app.learning.trial_answers_dialog import TrialAnswersDialog
from app.learning.version_card import VersionCard
from app.style.theme import Theme
from app.tasks import Job, Kind, Tasks
from app.widgets.banner import ErrorBanner
from app.widgets.buttons import button
from app.widgets.confirm import confirm
from app.widgets.labels import label, restyle
from app.widgets.loss_curve import LossCurve
from app.widgets.pages import ScrollPage, card
from app.widgets.tab_order import tab_in_order
from app.widgets.work_card import WorkCard
from engine.errors import HearthsideError, Interrupted
from engine.learning.values import (
    Adapter,
    AdapterState,
    ForgetReport,
    GateReport,
    LearningStatus,
    Shadow,
    TrainingProgress,
    TrainReport,
)
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant


class LearningPage(ScrollPage):
    """`told` carries a sentence for the bar at the bottom; `forgot` that chats and memory may have lost something.

    `job` is the training or test under way.
    """

    told = Signal(str)
    forgot = Signal()

    def __init__(self, assistant: "Assistant", tasks: Tasks, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("learning", say("window.page_learning"), say("learning_page.words"), parent)
        self._assistant = assistant
        self._tasks = tasks
        self._theme = theme
        self.job: Job | None = None
        self._status: LearningStatus | None = None
        self._shown: list[Adapter] | None = None
        self._rival: str | None = None
        self._begun: set[str] = set()
        self._domains: dict[str, str] = {}
        self._next: Callable[[], None] | None = None
        self.error = ErrorBanner()
        self.column.addWidget(self.error)
        self._notices = Notices()
        self.column.addLayout(self._notices)
        self.column.addWidget(self._switch_card())
        self._data = DataCard(theme, self._open_review, self.train)
        self.column.addWidget(self._data)
        self.work = WorkCard("learning")
        self.curve = LossCurve(theme)
        self.work.column.insertWidget(2, self.curve)
        self.column.addWidget(self.work)
        self._origin = OriginCard(self._open_origin)
        self.column.addWidget(self._origin)
        self.domains = DomainsCard()
        self.domains.training.connect(self.train)
        self.domains.renamed.connect(self._rename)
        self.column.addWidget(self.domains)
        self._story = TimelineCard(theme)
        self._story.picked.connect(self._go_to)
        self._versions_title = label(say("learning_page.versions"), "heading")
        self._versions_title.hide()
        self.column.addSpacing(8)
        self.column.addWidget(self._versions_title)
        self.column.addWidget(self._story)
        self._versions = QVBoxLayout()
        self._versions.setSpacing(12)
        self.column.addLayout(self._versions)
        self._base = BaseCard()
        self.column.addWidget(self._base)
        self._retrieval = RetrievalCard()
        self.column.addWidget(self._retrieval)
        self.column.addStretch(1)
        self.column.addLayout(self._danger_row())

    def reload(self) -> None:
        """Read status and versions anew."""
        self._tasks.run(lambda: told_by(self._assistant), self._show, self.error.show_error, replaces="learning.status")
        self._tasks.run(lambda: topics_told(self._assistant), self._notices.tell_topics, lane="looks", replaces="asked")

    def train(self, domain: str | None = None) -> None:
        """Train on what there is, or on one group; a run that was interrupted goes on. A test makes way for it."""
        if not self._is_free(lambda: self.train(domain), instead_of={"test", "shadow"}):
            return
        learning = self._assistant.learning
        if domain is None and self._status is not None:
            domain = self._status.resumable_domain
        self.error.hide()
        self.curve.clear()
        self.curve.show()
        self.job = self._tasks.start(
            lambda tell, control: learning.train(report=tell, control=control, domain=domain),
            kind="train",
            lane="learning",
            observe=self._observe,
            done=self._on_trained,
            failed=self._on_stopped,
        )
        self.work.begin(self.job, say("learning_page.phase_preparing"))
        self._follow()

    def test(self, adapter_id: str) -> None:
        """Put an adapter to the full gate. What went wrong before stays on the page: it may begin by itself."""
        if self.job is not None:
            return
        self._begun.add(adapter_id)
        learning = self._assistant.learning
        self.curve.hide()
        self.job = self._tasks.start(
            lambda tell, control: learning.judging.test_fully(adapter_id, report=tell, control=control),
            kind="test",
            lane="learning",
            observe=self._observe,
            done=self._on_tested,
            failed=self._on_stopped,
        )
        self.work.begin(self.job, say("learning_page.phase_gating"))
        self._follow()

    def shadow(self, adapter_id: str) -> None:
        """Ask a version what it would have answered. The longer test makes way for it, and goes on afterwards."""
        if not self._is_free(lambda: self.shadow(adapter_id), instead_of={"test"}):
            return
        self.error.hide()
        self.curve.hide()
        learning = self._assistant.learning
        self.job = self._tasks.start(
            lambda tell, control: learning.shadow(adapter_id, report=tell, control=control),
            kind="shadow",
            lane="learning",
            observe=self._observe,
            done=self._on_shadowed,
            failed=self._on_stopped,
        )
        self.work.begin(self.job, say("learning_page.phase_gating"))
        self._follow()

    def _is_free(self, begin: Callable[[], None], *, instead_of: Collection[Kind]) -> bool:
        """Whether nothing is under way. What makes way is stopped with what it measured kept; then it is begun."""
        if self.job is not None and self.job.kind in instead_of:
            self._next = begin
            self._begun.clear()
            self.job.cancel()
        return self.job is None

    def _switch_card(self) -> QWidget:
        frame, column = card("learning.switch")
        self._state = label(look="strong", name="learning.state")
        self._state_words = label(look="muted", name="learning.state_words")
        self._switch = button("learning.toggle", say("learning_page.turn_on_ask"), self._toggle)
        self._switch.setEnabled(False)
        row = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._state)
        words.addWidget(self._state_words)
        row.addLayout(words, 1)
        row.addWidget(self._switch)
        column.addLayout(row)
        return frame

    def _danger_row(self) -> QHBoxLayout:
        self._forget = button("learning.forget", say("learning_page.forget_open"), self._open_forget)
        self._forget.hide()
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._forget)
        return row

    def _show(self, story: Story) -> None:
        self._status = story.status
        self._show_versions(story.standing, {domain.id: domain.name for domain in story.domains}, story.status.rival)
        self.domains.show_domains(story.domains)
        self._retrieval.tell(*story.tried)
        self._story.follow(story.adapters, story.uses, story.now_ms)
        active = self._adapter(story.status.active_adapter or "")
        self._origin.follow(story.status.answers, active, story.status.origin, story.since_ms, story.memory)
        self._origin.setVisible(bool(story.adapters))
        self._versions_title.setVisible(bool(story.adapters))
        self._follow()
        tab_in_order(self.column)
        if self._status.untested is not None and self._status.untested not in self._begun:
            self.test(self._status.untested)  # once it is in use, and again if the program ended before it was done

    def _follow(self) -> None:
        """Show what the status says, and what may be done now."""
        status, training = self._status, self.job is not None and self.job.kind == "train"
        if status is None:
            return
        self._notices.tell(status, adapters={adapter.id for adapter in self._shown or ()})
        self._base.follow(status)
        on = "on" if status.enabled else "off"
        self._switch.setEnabled(True)
        self._state.setText(say(f"learning_page.is_{on}"))
        self._state_words.setText(say(f"learning_page.is_{on}_words"))
        self._switch.setText(say("learning_page.turn_off" if status.enabled else "learning_page.turn_on_ask"))
        self._switch.setAccessibleName(self._switch.text())
        restyle(self._switch, "" if status.enabled else "primary")
        self._data.follow(status, training=training)
        self.domains.allow(status.enabled and not training)
        self._forget.setVisible(status.feedback + status.signals_kept > 0 or bool(self._shown))
        self._forget.setEnabled(not training)
        for version in self._cards():
            version.follow(None if self.job is None else self.job.kind)

    def _show_versions(self, adapters: list[Adapter], domains: dict[str, str], rival: str | None) -> None:
        if (adapters, domains, rival) == (self._shown, self._domains, self._rival):
            return
        self._shown, self._domains, self._rival = adapters, domains, rival
        focused = QApplication.focusWidget()
        while (item := self._versions.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                if focused is not None and old.isAncestorOf(focused):
                    self._data.review.setFocus()  # the keyboard stays on this page
                old.hide()
                old.deleteLater()
        for adapter in adapters:
            made = VersionCard(adapter, self._theme, domains=domains, is_rival=adapter.id == rival)
            made.acted.connect(self._on_acted)
            self._versions.addWidget(made)

    def _toggle(self) -> None:
        if self._status is None:
            return
        if self._status.enabled:
            self._change(self._assistant.learning.turn_off, "learning_page.now_off")
        else:
            dialog = ConsentDialog(self, masks_names=self._assistant.settings.mask_names)
            dialog.accepted.connect(lambda: self._change(self._assistant.learning.turn_on, "learning_page.now_on"))
            dialog.open()

    def _cards(self) -> Iterator[VersionCard]:
        for place in range(self._versions.count()):
            item = self._versions.itemAt(place)
            if item is not None and isinstance(made := item.widget(), VersionCard):
                yield made

    def _go_to(self, adapter_id: str) -> None:
        """Bring a version's card into view, the keyboard with it. One that was destroyed has none."""
        found = next((made for made in self._cards() if made.adapter.id == adapter_id), None)
        if found is not None:
            self.bring_into_view(found)
            found.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open_origin(self) -> None:
        active = self._adapter((self._status and self._status.active_adapter) or "")
        if active is not None:
            self._open_review(active)

    def _open_review(self, of: Adapter | None = None) -> None:
        dialog = ReviewDialog(self._assistant, self._tasks, self, of=of)
        dialog.changed.connect(self.reload)
        dialog.forgot.connect(self._tell_receipt)
        dialog.open()

    def _observe(self, told: Sequence[TrainingProgress]) -> None:
        for progress in told:
            if progress.loss is not None:
                self.curve.add(progress.loss, progress.steps)
        now = told[-1]
        self.work.title.setText(say(f"learning_page.phase_{now.phase}"))
        detail = ""
        if now.step:
            key = "learning_page.step" if now.tokens_per_s else "learning_page.check"
            memory = {"needed": now.needed_bytes / 1e9, "free": now.free_bytes / 1e9}
            detail = say(key, step=now.step, steps=now.steps, speed=now.tokens_per_s, **memory)
        total = 0 if now.phase == "preparing" else now.steps
        self.work.show_progress(done=now.step, total=total, eta_s=now.eta_s, detail=detail)

    def _on_trained(self, report: TrainReport) -> None:
        self._end()
        self.told.emit(say(f"learning_page.trained_{report.gate.verdict}"))

    def _on_tested(self, gate: GateReport) -> None:
        self._end()
        self.told.emit(say(f"learning_page.tested_{gate.verdict}"))

    def _on_shadowed(self, shadow: Shadow) -> None:
        self._end()
        self.told.emit(say(f"learning_page.shadow_{shadow.report.verdict}"))

    def _on_stopped(self, error: HearthsideError) -> None:
        trained = self.job is not None and self.job.kind == "train"
        self._end()
        if trained and isinstance(error, Interrupted):
            self.told.emit(say("learning_page.stopped"))
        self.error.show_error(error)

    def _end(self) -> None:
        self.job = None
        self.work.end()
        if self._next is not None:
            begin, self._next = self._next, None
            begin()
        self._follow()
        self.reload()

    def _on_acted(self, act: str, adapter_id: str) -> None:
        learning = self._assistant.learning
        match act:
            case "use":
                self._use(adapter_id)
            case "test":
                self.error.hide()
                self.test(adapter_id)
            case "shadow":
                self.shadow(adapter_id)
            case "try":
                self._ask_share("trial", learning.versions.try_out, adapter_id)
            case "end_trial":
                self._change(learning.versions.end_trial, "learning_page.trial_ended")
            case "compare":
                self._ask_share("compare", self._assistant.compare, adapter_id)
            case "end_compare":
                self._change(self._assistant.stop_comparing, "learning_page.compare_ended")
            case "trial_answers":
                self._open_answers(adapter_id)
            case "roll_back":
                self._change(lambda: learning.versions.roll_back(self._domain(adapter_id)), "learning_page.rolled_back")
            case _:
                confirm(
                    self,
                    title=say("learning_page.delete_title"),
                    message=say("learning_page.delete_words"),
                    accept=say("learning_page.delete_accept"),
                    accepted=lambda: self._change(
                        lambda: learning.versions.delete(adapter_id), "learning_page.deleted"
                    ),
                    danger=True,
                )

    def _rename(self, domain_id: str, name: str) -> None:
        self._change(lambda: self._assistant.learning.domains.rename(domain_id, name), "learning_page.domain_renamed")

    def _use(self, adapter_id: str) -> None:
        """One that neither the gate nor its trial could tell of is used only after its owner was told so."""
        learning = self._assistant.learning
        adapter = self._adapter(adapter_id)
        if adapter is not None and _is_unproven(adapter):
            confirm(
                self,
                title=say("learning_page.unproven_title"),
                message=say("learning_page.unproven_words"),
                accept=say("learning_page.use_anyway"),
                accepted=lambda: self._change(
                    lambda: learning.versions.promote(adapter_id, force=True), "learning_page.used"
                ),
                danger=True,
            )
        else:
            self._change(lambda: learning.versions.promote(adapter_id), "learning_page.used")

    def _ask_share(self, about: Literal["trial", "compare"], do: Callable[[str, float], object], of: str) -> None:
        ShareDialog(about, lambda part: self._change(lambda: do(of, part), f"learning_page.{about}_begun"), self).open()

    def _open_answers(self, adapter_id: str) -> None:
        adapter = self._adapter(adapter_id)
        if adapter is not None and adapter.trial is not None:
            TrialAnswersDialog(self._assistant, self._tasks, adapter.trial.trial.id, self).open()

    def _adapter(self, adapter_id: str) -> Adapter | None:
        return next((adapter for adapter in self._shown or () if adapter.id == adapter_id), None)

    def _domain(self, adapter_id: str) -> str | None:
        return next((adapter.domain_id for adapter in self._shown or () if adapter.id == adapter_id), None)

    def _open_forget(self) -> None:
        dialog = ForgetDialog(self._assistant, self._tasks, self)
        dialog.forgot.connect(self._on_forgotten)
        dialog.open()

    def _on_forgotten(self, receipt: ForgetReport) -> None:
        self._tell_receipt(receipt)
        self.reload()

    def _tell_receipt(self, receipt: ForgetReport) -> None:
        words = say("learning_page.receipt", items=receipt.items, adapters=len(receipt.adapters_destroyed))
        self.told.emit(words)
        self.forgot.emit()

    def _change(self, work: Callable[[], object], words: str) -> None:
        def done() -> None:
            self.error.hide()
            self.told.emit(say(words))
            self.reload()

        once_agreed(self, self._assistant, self._tasks, work=work, done=done, failed=self.error.show_error)


def _is_unproven(adapter: Adapter) -> bool:
    trial = adapter.trial if adapter.state is AdapterState.ON_TRIAL else None
    shown = trial is not None and trial.verdict == "better"
    return adapter.gate is not None and adapter.gate.verdict == "not_enough_data" and not shown
