"""A version's card by itself: how it was trained, where it stands, what is offered of it; and the page in order."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.learning.page import LearningPage
from app.learning.version_card import VersionCard
from app.shell.main_window import MainWindow
from app.style.theme import Theme
from engine.learning.values import Adapter, AdapterState, GateReport, Use
from tests.fakes.assistant import FakeAssistant

Named = Callable[..., QWidget]
LEFT = Qt.MouseButton.LeftButton
PASSED = GateReport(verdict="promote", reasons=["Better than the plain model."], scores=[])
UNTOLD = GateReport(verdict="not_enough_data", reasons=["Not enough data to tell."], scores=[])


def version(state: AdapterState = AdapterState.CANDIDATE, *, gate: GateReport = PASSED, **more: object) -> Adapter:
    return Adapter(
        id="0123456789-version", state=state, base_sha256="b" * 64, serving_sha256="c" * 64, dataset_id="d",
        examples=18, held_out=4, parent_id=None, layers=16, rank=8, gate=gate, losses=[3.0, 2.0],
        created_ms=1_773_057_600_000, **more,
    )  # fmt: skip


@pytest.fixture
def shown(qtbot: QtBot, theme: Theme) -> Callable[[Adapter], VersionCard]:
    def show(adapter: Adapter) -> VersionCard:
        made = VersionCard(adapter, theme, domains={"work": "Work"})
        qtbot.addWidget(made)
        made.show()
        return made

    return show


def words(card: QWidget, name: str) -> str:
    return card.findChild(QLabel, name).text()


def offered(card: QWidget) -> set[str]:
    acts = ("try", "compare", "use", "roll_back", "delete", "report")
    return {act for act in acts if card.findChild(QWidget, f"adapter.{act}") is not None}


@pytest.mark.parametrize(
    ("passes", "tried", "told"),
    [
        (0, 0, "examples: 18 · kept aside"),
        (3, 0, "examples: 18 · passes over them: 3 · kept aside"),
        (5, 6, "passes over them: 5, chosen by 6 shorter trainings · kept aside"),
    ],
)
def test_it_says_in_how_many_passes_it_was_trained(
    shown: Callable[[Adapter], VersionCard], passes: int, tried: int, told: str
) -> None:
    assert told in words(shown(version(passes=passes, tried=tried)), "adapter.made_of")


@pytest.mark.parametrize("state", [AdapterState.ACTIVE, AdapterState.RETIRED, AdapterState.OTHER_BASE])
def test_only_what_can_be_put_to_use_is_called_ready(
    shown: Callable[[Adapter], VersionCard], state: AdapterState
) -> None:
    assert words(shown(version()), "adapter.verdict") == "Ready to use"
    assert words(shown(version(state)), "adapter.verdict") == "Passed its test"


def test_only_what_passed_is_recommended(shown: Callable[[Adapter], VersionCard]) -> None:
    looks = [
        shown(adapter).findChild(QWidget, "adapter.use").property("look")
        for adapter in (version(), version(gate=UNTOLD), version(AdapterState.RETIRED))
    ]
    assert looks == ["primary", "", ""]


def test_a_version_for_a_group_that_is_gone_is_not_offered(shown: Callable[[Adapter], VersionCard]) -> None:
    gone = shown(version(domain_id="gone"))
    assert offered(gone) == {"report", "delete"}
    assert words(gone, "adapter.verdict") == "Passed its test"
    assert offered(shown(version(domain_id="work"))) == {"report", "try", "compare", "use", "delete"}


def test_what_a_past_version_was_judged_by_is_told_with_its_report(
    qtbot: QtBot, shown: Callable[[Adapter], VersionCard]
) -> None:
    card = shown(version(AdapterState.RETIRED))
    reasons = card.findChild(QLabel, "adapter.reasons")
    assert reasons.isHidden()
    for hidden in (False, True):
        qtbot.mouseClick(card.findChild(QWidget, "adapter.report"), LEFT)
        assert reasons.isHidden() is hidden


def test_the_timeline_tells_only_of_lines_it_draws(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    learning = assistant.learning
    learning.made = [version(AdapterState.ACTIVE, full_gate=PASSED)]
    window.show_page("learning")
    key = named("learning.timeline_key")
    assert "thick line" not in key.text()
    learning.used = [Use(adapter=learning.made[0].id, from_ms=learning.made[0].created_ms)]
    window.pages.reload("learning")
    qtbot.waitUntil(lambda: "thick line" in key.text())


def test_many_versions_to_forget_leave_the_choices_whole(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    assistant.learning.add_examples(1)
    assistant.learning.made = [replace(version(AdapterState.RETIRED), id=f"version-{number}") for number in range(40)]
    window.show_page("learning")
    qtbot.mouseClick(named("learning.forget"), LEFT)
    qtbot.waitUntil(named("forget.accept").isEnabled)
    lists = named("forget.threads")
    qtbot.waitUntil(lambda: lists.height() >= lists.sizeHint().height())
    goes, asked = named("forget.goes"), named("learning.forget_dialog")
    assert goes.height() >= goes.heightForWidth(goes.width())
    assert asked.height() < goes.height()


def test_tab_goes_down_the_page(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> None:
    learning = assistant.learning
    learning.turn_on()
    learning.add_examples(6)
    learning.made = [version(AdapterState.RETIRED)]
    learning.domains.add("work", 6)
    window.show_page("learning")
    page = named("learning")
    assert isinstance(page, LearningPage)
    for group in ("garden", "house"):  # and what is made anew when the page is already there
        learning.domains.add(group, 6)
        page.reload()
        qtbot.waitUntil(lambda: len(page.domains.lines) == len(learning.domains.kept))
    heights = []
    at = page.nextInFocusChain()
    while at is not page:
        if page.isAncestorOf(at) and at.isVisible() and at.isEnabled() and at.focusPolicy() & Qt.FocusPolicy.TabFocus:
            heights.append(at.mapTo(page, QPoint(0, at.height() // 2)).y())
        at = at.nextInFocusChain()
    assert len(heights) > 12
    assert heights == sorted(heights)
