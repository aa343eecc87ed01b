"""The learning page's pictures: what they show, the same facts in words, and keys that go through their parts."""

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import QLocale, QPoint, Qt
from PySide6.QtWidgets import QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.learning.page import LearningPage
from app.learning.report_card import ReportCard
from app.learning.version_card import VersionCard
from app.shell.main_window import MainWindow
from app.style.theme import Theme
from app.widgets.data_meter import DataMeter, Part
from app.widgets.moments import day, moment
from app.widgets.time_axis import TimeAxis
from app.widgets.timeline import Timeline
from app.widgets.whisker import Whisker
from engine.learning.values import Adapter, AdapterState, GateReport, Origin, Score, Tally, Use
from tests.fakes.assistant import FakeAssistant

Named = Callable[..., QWidget]
Found = Callable[[str], QDialog]
LEFT = Qt.MouseButton.LeftButton
DAY = 24 * 60 * 60 * 1000
MARCH_9 = 1_773_057_600_000


def version(number: int, state: AdapterState, **more: object) -> Adapter:
    return Adapter(
        id=f"{number:08x}-version", state=state, base_sha256="b" * 64, serving_sha256="c" * 64, dataset_id="d",
        examples=18, held_out=4, parent_id=None, layers=16, rank=8, gate=None, losses=[3.0, 2.0],
        created_ms=MARCH_9 + number * DAY, **more,
    )  # fmt: skip


@pytest.fixture
def page(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> LearningPage:
    """With three versions: the first destroyed, the second rejected, the third in use and liked by most."""
    learning = assistant.learning
    learning.turn_on()
    learning.add_examples(6)
    learning.made = [
        version(0, AdapterState.RETIRED, destroyed_ms=MARCH_9 + 5 * DAY),
        version(1, AdapterState.REJECTED),
        version(2, AdapterState.ACTIVE),
    ]
    first, _, third = (one.id for one in learning.made)
    learning.used = [
        Use(adapter=first, from_ms=MARCH_9, to_ms=MARCH_9 + 2 * DAY),
        Use(
            adapter=third,
            from_ms=MARCH_9 + 3 * DAY,
            ratings=Tally(rated=10, liked=8, low=0.49, high=0.94),
        ),
    ]
    learning.trained_ids = {example.id for example in learning.examples[:2]}
    learning.origin = Origin(
        adapter=third, dataset_sha256="ab3f9c01" * 8, trained=3, kept=2, kinds={"correction": 2}, conversations=2,
        imported=1, masked=4,
    )  # fmt: skip
    learning.test_event.clear()
    window.show_page("learning")
    made = named("learning")
    qtbot.waitUntil(lambda: made._shown is not None and len(made._shown) == 2)
    return made


@pytest.fixture
def timeline(page: LearningPage, named: Named) -> Timeline:
    return named("learning.timeline")


def test_what_was_destroyed_stays_on_the_timeline_and_has_no_card(page: LearningPage, timeline: Timeline) -> None:
    assert [node.state for node in timeline._nodes] == ["destroyed", "rejected", "active"]
    assert len(page.findChildren(VersionCard)) == 2
    words = timeline.accessibleDescription()
    assert "9 March 2026" in words
    assert "forgotten or deleted, its file destroyed. In use from 9 March 2026 to 11 March 2026." in words
    assert "In use since 12 March 2026. You liked 8 of 10 rated answers" in words


def test_keys_go_through_the_versions_and_enter_goes_to_a_card(
    qtbot: QtBot, page: LearningPage, timeline: Timeline, named: Named
) -> None:
    timeline.setFocus(Qt.FocusReason.TabFocusReason)
    assert "destroyed" in named("learning.timeline_words").text()
    qtbot.keyClick(timeline, Qt.Key.Key_Return)
    assert timeline.hasFocus(), "what was destroyed has no card to go to"
    qtbot.keyClick(timeline, Qt.Key.Key_End)
    qtbot.keyClick(timeline, Qt.Key.Key_Left)
    assert "rejected" in named("learning.timeline_words").text()
    assert "rejected" in timeline.accessibleName()
    qtbot.keyClick(timeline, Qt.Key.Key_Return)
    card = next(made for made in page.findChildren(VersionCard) if made.adapter.state is AdapterState.REJECTED)
    assert card.hasFocus()
    top = card.mapTo(page, QPoint(0, 0)).y()
    assert 0 <= top < page.height() - card.height() + 40


def test_a_click_on_a_node_goes_to_its_card_too(qtbot: QtBot, page: LearningPage, timeline: Timeline) -> None:
    qtbot.mouseClick(timeline, LEFT, pos=timeline.marks[2].area.center().toPoint())
    card = next(made for made in page.findChildren(VersionCard) if made.adapter.state is AdapterState.ACTIVE)
    assert card.hasFocus()


def test_words_of_a_node_are_told_while_the_pointer_is_on_it(
    qtbot: QtBot, page: LearningPage, timeline: Timeline, named: Named
) -> None:
    page.bring_into_view(timeline)
    hint = named("learning.timeline_words").text()
    qtbot.mouseMove(timeline, timeline.marks[1].area.center().toPoint())
    qtbot.waitUntil(lambda: "rejected" in named("learning.timeline_words").text())
    qtbot.mouseMove(timeline, QPoint(2, timeline.height() - 2))
    qtbot.waitUntil(lambda: named("learning.timeline_words").text() == hint)


def test_what_the_version_in_use_was_made_of_is_told(page: LearningPage, named: Named) -> None:
    steps = named("origin.steps")
    words = steps.accessibleDescription()
    for fact in ("Corrections: 2", "in conversations: 2", "from files: 1", "masked data: 4", "ab3f9c01", "12 March"):
        assert fact in words
    shown = " ".join(part.text() for part in steps.findChildren(QLabel))
    assert "Corrections: 2" in shown
    assert "not counted here: 1" in named("origin.gone").text()
    assert "preferences: 0" in named("origin.memory").text()


def test_exactly_what_it_was_trained_on_is_reviewed_and_forgotten_from_there(
    qtbot: QtBot, page: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant
) -> None:
    kept = {f"learning.example.{example_id}" for example_id in assistant.learning.trained_ids}
    qtbot.mouseClick(named("origin.review"), LEFT)
    review = dialog("learning.review_dialog")
    assert "11 March 2026" in review.windowTitle()

    def rows() -> list[QWidget]:
        return [row for row in review.findChildren(QWidget) if row.objectName().startswith("learning.example.")]

    qtbot.waitUntil(lambda: {row.objectName() for row in rows()} == kept)
    rows()[0].findChild(QWidget, "example.forget").click()
    qtbot.waitUntil(lambda: any(made.isVisible() for made in review.findChildren(QDialog, "confirm")))
    asked = next(made for made in review.findChildren(QDialog, "confirm") if made.isVisible())
    with qtbot.waitSignal(page.forgot), qtbot.waitSignal(review.finished):
        asked.findChild(QWidget, "confirm.accept").click()
    assert assistant.calls[-1][0] == "forget"


def test_where_the_plain_model_answers_that_is_said(
    qtbot: QtBot, page: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    assistant.learning.made = [
        msgspec.structs.replace(one, state=AdapterState.RETIRED) for one in assistant.learning.made
    ]
    assistant.learning.origin = None
    page.reload()
    qtbot.waitUntil(lambda: "plain model" in named("origin.answers").text())
    assert page.findChild(QWidget, "origin.review").isHidden()
    assert page.findChild(QWidget, "origin.steps").isHidden()
    assistant.learning.answers = "What answers now: this and that"
    page.reload()
    qtbot.waitUntil(lambda: named("origin.answers").text() == "What answers now: this and that")


def test_the_longer_test_is_not_offered_while_it_runs(
    qtbot: QtBot, page: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    qtbot.waitUntil(lambda: page.job is not None)
    assert page.findChild(QWidget, "adapter.test").isHidden()
    assert "is running" in named("adapter.untested").text()
    qtbot.mouseClick(named("learning.stop"), LEFT)
    qtbot.waitUntil(lambda: page.job is None)
    assert named("adapter.test").isEnabled()
    assert "not done yet" in named("adapter.untested").text()


def test_the_meter_tells_kinds_and_reasons_apart_and_says_them(
    qtbot: QtBot, page: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    learning = assistant.learning
    kinds = ("preferred", "thumb", "thumb")
    learning.examples = [
        msgspec.structs.replace(example, kind=kind)
        for example, kind in zip(learning.examples, (*kinds, *["correction"] * 3), strict=True)
    ]
    learning._set_left_out(learning.examples[-1].id, "left_out_by_owner")
    page.reload()
    meter = named("learning.meter")
    qtbot.waitUntil(lambda: "Choices: 1" in meter.accessibleDescription())
    assert named("learning.count").text().startswith("3 corrections and choices, of the 8")
    assert "Thumbs up: 2" in meter.accessibleDescription()
    assert "Left out: 1. You left it out." in meter.accessibleDescription()
    assert "about 5" in named("learning.enough").text(), "thumbs do not help the test"
    meter.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(meter, Qt.Key.Key_End)
    assert named("learning.meter_words").text() == "Left out: 1. You left it out."


def test_the_bar_is_as_long_as_what_counts_is_of_the_goal(qtbot: QtBot, theme: Theme) -> None:
    meter = DataMeter(theme, "Meter")
    qtbot.addWidget(meter)
    meter.resize(400, 100)
    parts = [Part(9, "Nine", "", "correction", counts=True), Part(18, "Eighteen", "", "thumb", counts=False)]
    meter.show_parts(parts, 36, "")
    meter.arrange()
    counted, beside = meter._bars
    assert counted.width() == pytest.approx(98, abs=1)
    assert beside.width() == pytest.approx(198, abs=1)
    assert beside.top() > counted.bottom()
    meter.show_parts([Part(72, "Many", "", "correction", counts=True)], 36, "")
    assert meter._goal_x == pytest.approx(200)


def test_times_are_in_proportion_and_versions_made_together_are_told_apart() -> None:
    even = TimeAxis([0, 50, 100], 0, 200, 10)
    assert even.places == [0, 100, 200]
    assert even.x(25) == 50
    crowded = TimeAxis([0, 1, 2, 100], 0, 200, 10)
    assert crowded.places == [0, 10, 20, 200]
    assert crowded.x(1) == 10
    late = TimeAxis([0, 98, 99, 100], 0, 200, 10)
    assert late.places == [0, 180, 190, 200]
    assert TimeAxis([0] * 5, 0, 20, 10).places == [0, 4, 8, 12, 16]
    assert TimeAxis([50], 0, 200, 10, also=[0, 100]).places == [100]
    assert TimeAxis([50], 0, 200, 10, also=[0, 100]).x(200) == 200


@pytest.mark.parametrize(("value", "side"), [(-1.0, "left"), (0.0, "middle"), (1.0, "right")])
def test_better_is_to_the_right_of_the_line(qtbot: QtBot, theme: Theme, value: float, side: str) -> None:
    whisker = Whisker(theme, value - 0.1, value, value + 0.1, 2.0, "open", "It is so.")
    qtbot.addWidget(whisker)
    whisker.resize(200, 20)
    x = whisker._x(value)
    assert (x < 100, x == 100, x > 100) == (side == "left", side == "middle", side == "right")
    assert whisker.accessibleName() == "It is so."
    assert 0 <= whisker._x(-99) < whisker._x(99) <= 200


def test_a_report_card_that_is_narrow_takes_two_lines_a_measure(qtbot: QtBot, theme: Theme) -> None:
    score = Score(name="answered", candidate=0.5, reference=0.6, difference=-0.1, low=-0.18, high=-0.02)
    gate = GateReport(verdict="promote", reasons=[], scores=[score])
    card = ReportCard(msgspec.structs.replace(version(0, AdapterState.ACTIVE), gate=gate), theme)
    qtbot.addWidget(card)
    card.show()
    card.resize(1600, 600)
    qtbot.waitUntil(lambda: card._wide)
    _, row = card._rows
    qtbot.waitUntil(lambda: row.picture.x() > row.name.x() + row.name.width())
    card.resize(300, 600)
    qtbot.waitUntil(lambda: not card._wide)
    qtbot.waitUntil(lambda: row.picture.y() > row.name.y() and row.picture.x() == row.name.x())
    assert row.verdict.x() == row.numbers.x() > row.name.x()


@pytest.mark.parametrize("language", ["C", "en_GB", "en_US", "de_DE", "es_ES"])
def test_no_day_can_be_taken_for_a_month(language: str) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(language))
    try:
        assert any(month in day(MARCH_9).lower() for month in ("march", "märz", "marzo"))
        assert "9" in day(MARCH_9)
        assert "monday" not in day(MARCH_9).lower()
        assert moment(MARCH_9).startswith(day(MARCH_9) + ", ")
    finally:
        QLocale.setDefault(before)
