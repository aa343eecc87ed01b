"""The learning page: consent first, enough or not, training live, the gate's verdict, use, roll back, forget."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from app.learning import share_dialog
from app.learning.page import LearningPage
from app.shell.main_window import MainWindow
from app.widgets.whisker import Whisker
from engine.cli import comparing as command_line
from engine.learning.experiments import comparing, trying
from engine.learning.policies import Looked
from engine.learning.records.feedback import Viewed
from engine.learning.topic_watch import Topics
from engine.learning.values import AdapterState, Returned, Signals, Tally
from engine.words import say
from tests.fakes.assistant import FakeAssistant

Named = Callable[..., QWidget]
Found = Callable[[str], QDialog]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot: QtBot, window: MainWindow, named: Named) -> LearningPage:
    window.show_page("learning")
    made = named("learning")
    qtbot.waitUntil(lambda: made._status is not None)
    return made


@pytest.fixture
def taught(qtbot: QtBot, page: LearningPage, assistant: FakeAssistant) -> LearningPage:
    assistant.learning.turn_on()
    assistant.learning.add_examples(14)
    page.reload()
    qtbot.waitUntil(lambda: page._status.examples == 14)
    return page


def trained(qtbot: QtBot, page: LearningPage, named: Named, assistant: FakeAssistant) -> QWidget:
    qtbot.mouseClick(named("learning.train"), LEFT)
    qtbot.waitUntil(lambda: page.job is None and bool(page._shown))
    name = f"learning.adapter.{assistant.learning.made[-1].id}"
    qtbot.waitUntil(lambda: any(card.isVisible() for card in page.findChildren(QWidget, name)))
    return named(name)


def test_learning_is_turned_on_only_after_its_page(
    qtbot: QtBot, page: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant
) -> None:
    qtbot.mouseClick(named("learning.toggle"), LEFT)
    consent = dialog("learning.consent_dialog")
    words = named("learning.consent_words", consent).text()
    assert "Names and postal addresses are NOT taken out" in words
    assert "Nothing is sent anywhere" in words
    assert "that you copied it, asked the same again in other words" in words
    qtbot.mouseClick(named("consent.cancel", consent), LEFT)
    assert not assistant.learning.enabled
    assistant.settings = replace(assistant.settings, mask_names=True)
    qtbot.mouseClick(named("learning.toggle"), LEFT)
    consent = dialog("learning.consent_dialog")
    assert "names of people are masked as well" in named("learning.consent_words", consent).text()
    qtbot.mouseClick(named("consent.accept", consent), LEFT)
    qtbot.waitUntil(lambda: assistant.learning.enabled and page._status.enabled)
    qtbot.mouseClick(named("learning.toggle"), LEFT)
    qtbot.waitUntil(lambda: not page._status.enabled)


def test_too_little_data_is_said(qtbot: QtBot, page: LearningPage, named: Named, assistant: FakeAssistant) -> None:
    assistant.learning.turn_on()
    page.reload()
    qtbot.waitUntil(lambda: page._status.enabled)
    assert not named("learning.train").isEnabled()
    assistant.learning.add_examples(3)
    page.reload()
    qtbot.waitUntil(lambda: page._status.examples == 3)
    assert named("learning.train").isEnabled()
    assert "about 5" in named("learning.enough").text()


def test_training_shows_its_curve_and_its_verdict(
    qtbot: QtBot, taught: LearningPage, named: Named, assistant: FakeAssistant, window: MainWindow
) -> None:
    version = trained(qtbot, taught, named, assistant)
    assert len(taught.curve._losses) == assistant.learning.steps
    assert named("adapter.verdict", version).text() == "Ready to use"
    assert "better than" in window.undo.accessibleName()
    qtbot.mouseClick(named("adapter.report", version), LEFT)
    qtbot.waitUntil(lambda: named("adapter.card", version).isVisible())
    assert named("adapter.summary", version).text().startswith("Better: Your wording, against the plain model.")
    outcomes = [label.text() for label in version.findChildren(QLabel, "adapter.outcome")]
    assert outcomes == ["✓ better", "✓ within the limit", "✓ within the limit"]
    [whisker] = version.findChildren(Whisker)
    assert "+1.660 nat a word part (95 %: +1.300 to +2.000)" in whisker.accessibleName()
    assert ".100 nat" in named("adapter.distance", version).text()
    assert "50%" in named("adapter.distance", version).text()


def test_training_is_paused_and_stopped(
    qtbot: QtBot, taught: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    assistant.learning.gate_event.clear()
    qtbot.mouseClick(named("learning.train"), LEFT)
    qtbot.waitUntil(lambda: named("learning.work").isVisible())
    assert not named("learning.train").isEnabled()
    qtbot.mouseClick(named("learning.pause"), LEFT)
    assert taught.job.control.paused
    qtbot.mouseClick(named("learning.stop"), LEFT)
    qtbot.waitUntil(lambda: taught.job is None)
    assert taught.error.isHidden()
    assert not assistant.learning.made


def test_learning_can_be_turned_off_while_it_trains(
    qtbot: QtBot, taught: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    assistant.learning.gate_event.clear()
    qtbot.mouseClick(named("learning.train"), LEFT)
    qtbot.mouseClick(named("learning.toggle"), LEFT)
    qtbot.waitUntil(lambda: not assistant.learning.enabled)


def test_a_version_is_used_rolled_back_and_deleted(
    qtbot: QtBot, taught: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant
) -> None:
    version = trained(qtbot, taught, named, assistant)
    name = version.objectName()
    qtbot.mouseClick(named("adapter.use", version), LEFT)
    qtbot.waitUntil(lambda: taught._shown[0].state is AdapterState.ACTIVE)
    qtbot.mouseClick(named("adapter.roll_back", named(name)), LEFT)
    qtbot.waitUntil(lambda: taught._shown[0].state is AdapterState.RETIRED)
    qtbot.mouseClick(named("adapter.delete", named(name)), LEFT)
    qtbot.mouseClick(named("confirm.accept", dialog("confirm")), LEFT)
    qtbot.waitUntil(lambda: taught._shown == [])


def test_a_version_put_to_use_is_tested_longer_and_stays(
    qtbot: QtBot, taught: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    assistant.learning.test_event.clear()
    name = trained(qtbot, taught, named, assistant).objectName()
    qtbot.mouseClick(named("adapter.use", named(name)), LEFT)
    qtbot.waitUntil(lambda: bool(named(name).findChildren(QWidget, "adapter.untested")))
    qtbot.waitUntil(lambda: named("learning.work").isVisible())
    assert not taught.curve.isVisible()
    assistant.learning.test_event.set()
    qtbot.waitUntil(lambda: bool(named(name).findChildren(QWidget, "adapter.full_reasons")))
    assert "60 of 100" in named("adapter.full_reasons", named(name)).text()
    assert taught._shown[0].state is AdapterState.ACTIVE
    assert taught.job is None


def test_a_version_that_fails_the_longer_test_is_taken_out_and_the_page_says_why(
    qtbot: QtBot, taught: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    assistant.learning.full_verdict = "reject"
    name = trained(qtbot, taught, named, assistant).objectName()
    qtbot.mouseClick(named("adapter.use", named(name)), LEFT)
    qtbot.waitUntil(lambda: named("learning.failed").isVisible())
    assert "60 of 100" in named("learning.failed_words").text()
    assert taught._shown[0].state is AdapterState.REJECTED
    assert named("adapter.verdict", named(name)).text() == "Not to be used"


def test_the_longer_test_makes_way_for_a_training_and_goes_on_after_it(
    qtbot: QtBot, taught: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    assistant.learning.test_event.clear()
    name = trained(qtbot, taught, named, assistant).objectName()
    qtbot.mouseClick(named("adapter.use", named(name)), LEFT)
    qtbot.waitUntil(lambda: taught.job is not None and taught.job.kind == "test")
    qtbot.mouseClick(named("learning.train"), LEFT)
    qtbot.waitUntil(lambda: len(taught._shown) == 2)
    qtbot.waitUntil(lambda: taught.job is not None and taught.job.kind == "test")
    assistant.learning.test_event.set()
    qtbot.waitUntil(lambda: bool(named(name).findChildren(QWidget, "adapter.full_reasons")))


def test_the_longer_test_can_be_stopped_and_begun_again(
    qtbot: QtBot, taught: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    assistant.learning.test_event.clear()
    name = trained(qtbot, taught, named, assistant).objectName()
    qtbot.mouseClick(named("adapter.use", named(name)), LEFT)
    qtbot.waitUntil(lambda: named("learning.work").isVisible())
    qtbot.mouseClick(named("learning.stop"), LEFT)
    qtbot.waitUntil(lambda: taught.job is None)
    assistant.learning.test_event.set()
    qtbot.mouseClick(named("adapter.test", named(name)), LEFT)
    qtbot.waitUntil(lambda: bool(named(name).findChildren(QWidget, "adapter.full_reasons")))


def test_the_longer_test_makes_way_for_what_is_asked_and_goes_on_after_it(
    qtbot: QtBot, taught: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    assistant.learning.test_event.clear()
    name = trained(qtbot, taught, named, assistant).objectName()
    qtbot.mouseClick(named("adapter.use", named(name)), LEFT)
    qtbot.waitUntil(lambda: taught.job is not None and taught.job.kind == "test")
    qtbot.waitUntil(lambda: bool(named(name).findChildren(QWidget, "adapter.untested")))
    qtbot.mouseClick(named("adapter.shadow", named(name)), LEFT)
    qtbot.waitUntil(lambda: taught.job is not None and taught.job.kind == "shadow")
    assistant.learning.test_event.set()
    qtbot.waitUntil(lambda: bool(named(name).findChildren(QWidget, "shadow.verdict")))
    qtbot.waitUntil(lambda: bool(named(name).findChildren(QWidget, "adapter.full_reasons")))


def test_a_version_is_asked_what_it_would_have_answered(
    qtbot: QtBot, taught: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    name = trained(qtbot, taught, named, assistant).objectName()
    assistant.learning.test_event.clear()
    qtbot.mouseClick(named("adapter.shadow", named(name)), LEFT)
    qtbot.waitUntil(lambda: named("learning.work").isVisible())
    assert not named("adapter.shadow", named(name)).isEnabled()
    assistant.learning.test_event.set()
    qtbot.waitUntil(lambda: bool(named(name).findChildren(QWidget, "shadow.verdict")))
    assert "nearer to what you wanted" in named("shadow.verdict", named(name)).text()
    qtbot.mouseClick(named("adapter.report", named(name)), LEFT)
    assert named("adapter.card", named(name)).findChildren(Whisker)
    assert taught._shown[0].state is AdapterState.CANDIDATE


def test_an_unproven_version_is_used_only_after_a_yes(
    qtbot: QtBot, taught: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant
) -> None:
    assistant.learning.verdict = "not_enough_data"
    version = trained(qtbot, taught, named, assistant)
    qtbot.mouseClick(named("adapter.use", version), LEFT)
    assert taught._shown[0].state is AdapterState.CANDIDATE
    qtbot.mouseClick(named("confirm.accept", dialog("confirm")), LEFT)
    qtbot.waitUntil(lambda: taught._shown[0].state is AdapterState.ACTIVE)


def test_ratings_stand_beside_what_was_rated(
    qtbot: QtBot, taught: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    assistant.learning.ratings = Tally(rated=10, liked=8, low=0.49, high=0.94)
    card = trained(qtbot, taught, named, assistant)
    assert "8 of 10" in named("adapter.ratings", card).text()
    assert "49% to 94%" in named("learning.base_ratings").text()


def test_weaker_signs_stand_beside_the_ratings_and_are_said_to_be_weaker(
    qtbot: QtBot, taught: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    assert taught.findChild(QWidget, "learning.base_signals").isHidden()
    card = trained(qtbot, taught, named, assistant)
    assert not card.findChildren(QWidget, "adapter.signals")
    assistant.learning.signals = [
        Signals(adapter=None, answers=41, copied=5, asked_again=3, complaints=1, citations_opened=7),
        Signals(adapter=card.adapter.id, answers=6, copied=2, asked_again=0, complaints=0, citations_opened=0),
    ]
    taught.reload()
    qtbot.waitUntil(lambda: bool(taught.findChildren(QWidget, "adapter.signals")))
    told = [named("learning.base_signals").text(), named("adapter.signals").text()]
    assert all("eaker signs, not learned from" in words for words in told)
    assert "judged: 41 · copied: 5 · asked again: 3 · complained of: 1 · sources opened: 7" in told[0]
    assert "judged: 6 · copied: 2 · asked again: 0" in told[1]


def test_signs_alone_can_be_forgotten(
    qtbot: QtBot, page: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant
) -> None:
    assert page.findChild(QWidget, "learning.forget").isHidden()
    assistant.learning.signals = [
        Signals(adapter=None, answers=4, copied=1, asked_again=0, complaints=0, citations_opened=0)
    ]
    page.reload()
    qtbot.mouseClick(named("learning.forget"), LEFT)
    asked = dialog("learning.forget_dialog")
    qtbot.waitUntil(named("forget.accept", asked).isEnabled)
    with qtbot.waitSignal(page.forgot):
        qtbot.mouseClick(named("forget.accept", asked), LEFT)
    assert assistant.calls == [("forget", {"everything": True})]


def test_a_version_taken_back_by_its_ratings_is_told_of(
    qtbot: QtBot, page: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    notice = page.findChild(QWidget, "learning.returned")
    assert not notice.isVisible()
    assistant.learning.returned = Returned(
        adapter="one", liked_before=0.8125, liked_since=0.25, ratings=12, at_ms=1_700_000_000_000
    )
    page.reload()
    qtbot.waitUntil(notice.isVisible)
    words = named("learning.returned_words").text()
    assert "12" in words
    assert "25%" in words
    assert "81%" in words
    assistant.learning.returned = None
    page.reload()
    qtbot.waitUntil(lambda: not notice.isVisible())


def test_what_was_withdrawn_from_the_adapter_in_use_is_told_of(
    qtbot: QtBot, page: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    notice = page.findChild(QWidget, "learning.withdrawn")
    assert not notice.isVisible()
    assistant.learning.withdrawn = 3
    page.reload()
    qtbot.waitUntil(notice.isVisible)
    assert "3 examples" in named("learning.withdrawn_words").text()


def test_a_rejected_version_cannot_be_used(
    qtbot: QtBot, taught: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    assistant.learning.verdict = "reject"
    version = trained(qtbot, taught, named, assistant)
    assert not version.findChildren(QWidget, "adapter.use")


def test_examples_are_left_out_taken_back_and_forgotten(
    qtbot: QtBot, taught: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant
) -> None:
    qtbot.mouseClick(named("learning.review"), LEFT)
    review = dialog("learning.review_dialog")
    newest = assistant.learning.examples[-1]
    qtbot.waitUntil(lambda: bool(review.findChildren(QWidget, f"learning.example.{newest.id}")))
    row = review.findChild(QWidget, f"learning.example.{newest.id}")
    box = row.findChild(QWidget, "example.learn_from")
    for wanted in (False, True):
        box.setChecked(wanted)
        qtbot.waitUntil(lambda wanted=wanted: (assistant.learning.examples[-1].left_out is None) == wanted)
    row.findChild(QWidget, "example.forget").click()
    qtbot.waitUntil(lambda: any(made.isVisible() for made in review.findChildren(QDialog, "confirm")))
    asked = next(made for made in review.findChildren(QDialog, "confirm") if made.isVisible())
    asked.findChild(QWidget, "confirm.accept").click()
    qtbot.waitUntil(lambda: len(assistant.learning.examples) == 13)
    assert assistant.calls == [("forget", {"feedback_id": newest.feedback_id})]


def test_everything_learned_is_forgotten_after_a_yes(
    qtbot: QtBot, taught: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant
) -> None:
    trained(qtbot, taught, named, assistant)
    qtbot.mouseClick(named("learning.forget"), LEFT)
    asked = dialog("learning.forget_dialog")
    qtbot.waitUntil(named("forget.accept", asked).isEnabled)
    assert "versions that learned from it: 1" in named("forget.goes", asked).text()
    with qtbot.waitSignal(taught.forgot):
        qtbot.mouseClick(named("forget.accept", asked), LEFT)
    qtbot.waitUntil(lambda: taught._status.feedback == 0)
    assert assistant.calls == [("forget", {"everything": True})]


def test_one_conversation_or_one_folder_is_forgotten(
    qtbot: QtBot, taught: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant
) -> None:
    thread = next(iter(assistant.chat.ask("When does the lease end?"))).thread_id
    assistant.learning.said_in = {thread}
    assistant.library.root_paths = ["/home/ada/Notes"]
    for choice, what in (("thread", {"thread_id": thread}), ("folder", {"folder": Path("/home/ada/Notes")})):
        qtbot.mouseClick(named("learning.forget"), LEFT)
        asked = dialog("learning.forget_dialog")
        qtbot.waitUntil(named(f"forget.{choice}", asked).isEnabled)
        named(f"forget.{choice}", asked).click()
        qtbot.waitUntil(named("forget.accept", asked).isEnabled)
        with qtbot.waitSignal(taught.forgot):
            qtbot.mouseClick(named("forget.accept", asked), LEFT)
        assert assistant.calls[-1] == ("forget", what)


def test_what_is_nowhere_cannot_be_chosen_and_escape_forgets_nothing(
    qtbot: QtBot, taught: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant
) -> None:
    qtbot.mouseClick(named("learning.forget"), LEFT)
    asked = dialog("learning.forget_dialog")
    qtbot.waitUntil(named("forget.accept", asked).isEnabled)
    assert not named("forget.thread", asked).isEnabled()
    assert not named("forget.folder", asked).isEnabled()
    qtbot.keyClick(asked, Qt.Key.Key_Escape)
    assert assistant.calls == []


def test_what_is_doubted_may_be_learned_from_anyway(
    qtbot: QtBot, taught: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant
) -> None:
    doubted = assistant.learning.examples[-1]
    assistant.learning._set_left_out(doubted.id, "left_out_contradicted")
    qtbot.mouseClick(named("learning.review"), LEFT)
    review = dialog("learning.review_dialog")
    row = named(f"learning.example.{doubted.id}", review)
    box = row.findChild(QWidget, "example.learn_from")
    assert box.text() == "Learn from this anyway"
    box.click()
    qtbot.waitUntil(lambda: assistant.learning.kept_anyway == [doubted.id])
    box.click()
    qtbot.waitUntil(lambda: assistant.learning.examples[-1].left_out == "left_out_by_owner")


def test_what_another_model_learned_is_told_apart(
    qtbot: QtBot, taught: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    version = trained(qtbot, taught, named, assistant)
    assistant.learning._set_state(version.adapter.id, AdapterState.OTHER_BASE)
    assistant.learning.other_base = True
    taught.reload()
    qtbot.waitUntil(lambda: taught._shown[0].state is AdapterState.OTHER_BASE)
    assert "another model" in named("learning.other_base_words").text()
    [shown] = taught._cards()  # the one before may not be deleted yet
    assert not shown.findChildren(QWidget, "adapter.use")
    assert named("learning.train").isEnabled()


def test_with_nothing_to_learn_from_it_says_how_to_begin(
    qtbot: QtBot, page: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    assistant.learning.turn_on()
    page.reload()
    assert "correct an answer" in named("learning.enough").text()
    assert not named("learning.train").isEnabled()


def on_trial(qtbot: QtBot, page: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant) -> str:
    """The name of the card of a version on trial."""
    version = trained(qtbot, page, named, assistant)
    name = version.objectName()
    qtbot.mouseClick(named("adapter.try", version), LEFT)
    qtbot.mouseClick(named("trial.accept", dialog("learning.trial_dialog")), LEFT)
    qtbot.waitUntil(lambda: page._shown[0].state is AdapterState.ON_TRIAL)
    return name


def test_a_version_is_tried_on_a_share_of_the_answers(  # noqa: PLR0917  fixtures
    qtbot: QtBot, taught: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant, window: MainWindow
) -> None:
    version = trained(qtbot, taught, named, assistant)
    name = version.objectName()
    qtbot.mouseClick(named("adapter.try", version), LEFT)
    qtbot.mouseClick(named("trial.cancel", dialog("learning.trial_dialog")), LEFT)
    assert assistant.learning.tried == []
    qtbot.mouseClick(named("adapter.try", version), LEFT)
    asked = dialog("learning.trial_dialog")
    share = asked.findChild(QSpinBox, "trial.share")
    assert (share.minimum(), share.value(), share.maximum()) == (5, 20, 50)
    share.setValue(35)
    qtbot.mouseClick(named("trial.accept", asked), LEFT)
    qtbot.waitUntil(lambda: taught._shown[0].state is AdapterState.ON_TRIAL)
    card = named(name)
    assert named("adapter.state", card).text() == "On trial, 35% of answers"
    assert "Not enough data to tell: about 18 more ratings" in named("trial.verdict", card).text()
    assert [arm.text()[:28] for arm in card.findChildren(QLabel, "trial.arm")] == [
        "Version on trial: 12 answers",
        "Plain model: 48 answers, 20 ",
    ]
    assert "has begun" in window.undo.accessibleName()
    for gone in ("adapter.try", "adapter.trial_answers"):
        assert not card.findChildren(QWidget, gone)


def test_the_share_of_the_window_is_that_of_the_engine() -> None:
    of_the_engine = [round(100 * share) for share in (trying.LEAST, trying.SHARE, trying.MOST)]
    assert of_the_engine == [share_dialog.LEAST, share_dialog.USUAL["trial"], share_dialog.MOST]
    assert [round(100 * share) for share in (comparing.LEAST, comparing.MOST)] == [
        share_dialog.LEAST,
        share_dialog.MOST,
    ]
    assert round(100 * command_line.SHARE) == share_dialog.USUAL["compare"]


def test_a_version_is_compared_blind_and_the_card_says_what_the_picks_tell(
    qtbot: QtBot, taught: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant
) -> None:
    version = trained(qtbot, taught, named, assistant)
    name = version.objectName()
    assert not version.findChildren(QWidget, "adapter.side_by_sides")
    qtbot.mouseClick(named("adapter.compare", version), LEFT)
    asked = dialog("learning.compare_dialog")
    asked.findChild(QSpinBox, "compare.share").setValue(15)
    qtbot.mouseClick(named("compare.accept", asked), LEFT)
    qtbot.waitUntil(lambda: taught._rival == taught._shown[0].id)
    assert assistant.settings.side_by_side == 0.15
    card = named(name)
    assert not card.findChildren(QWidget, "adapter.compare")
    assistant.learning.pick(taught._rival, wins=11, losses=1)
    taught.reload()
    qtbot.waitUntil(lambda: bool(taught._shown[0].side_by_sides))
    assert "preferred 11 times of 12" in named("side_by_side.words", named(name)).text()
    qtbot.mouseClick(named("adapter.end_compare", named(name)), LEFT)
    qtbot.waitUntil(lambda: taught._rival is None)
    assert assistant.settings.side_by_side == 0
    assert named("side_by_side.standing", named(name)).text() == say("learning_page.compared_before")


def test_a_trial_is_ended_and_then_tells_which_answered_what(
    qtbot: QtBot, taught: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant
) -> None:
    name = on_trial(qtbot, taught, named, dialog, assistant)
    qtbot.mouseClick(named("adapter.end_trial", named(name)), LEFT)
    qtbot.waitUntil(lambda: taught._shown[0].state is AdapterState.CANDIDATE)
    card = named(name)
    assert named("trial.standing", card).text() == "The trial ended: you ended it."
    assert named("adapter.try", card)
    qtbot.mouseClick(named("adapter.trial_answers", card), LEFT)
    told = dialog("learning.trial_answers")
    qtbot.waitUntil(lambda: len(told.findChildren(QLabel, "trial_answers.arm")) == 12)
    arms = [arm.text() for arm in told.findChildren(QLabel, "trial_answers.arm")]
    assert arms[:3] == ["Version on trial", "In use then", "In use then"]


def test_what_is_on_trial_is_used(
    qtbot: QtBot, taught: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant
) -> None:
    name = on_trial(qtbot, taught, named, dialog, assistant)
    assert named("adapter.use", named(name)).text() == "Use"
    qtbot.mouseClick(named("adapter.use", named(name)), LEFT)
    qtbot.waitUntil(lambda: taught._shown[0].state is AdapterState.ACTIVE)
    assert named("trial.standing", named(name)).text() == "The trial ended: you kept the version that was tried."


@pytest.mark.parametrize("shown", [False, True])
def test_an_untested_version_that_its_trial_showed_better_is_used_without_a_question(  # noqa: PLR0917  fixtures
    qtbot: QtBot, taught: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant, shown: bool
) -> None:
    assistant.learning.verdict = "not_enough_data"
    assistant.learning.trial_liked = ((20, 20), (20, 80)) if shown else ((10, 20), (40, 80))
    name = on_trial(qtbot, taught, named, dialog, assistant)
    qtbot.mouseClick(named("adapter.use", named(name)), LEFT)
    if not shown:
        qtbot.mouseClick(named("confirm.accept", dialog("confirm")), LEFT)
    qtbot.waitUntil(lambda: taught._shown[0].state is AdapterState.ACTIVE)


def test_a_trial_whose_version_went_is_still_told_of(
    qtbot: QtBot, taught: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant
) -> None:
    name = on_trial(qtbot, taught, named, dialog, assistant)
    assert taught.findChild(QWidget, "learning.trial_gone").isHidden()
    qtbot.mouseClick(named("adapter.delete", named(name)), LEFT)
    qtbot.mouseClick(named("confirm.accept", dialog("confirm")), LEFT)
    qtbot.waitUntil(lambda: taught._shown == [])
    assert "one of the two was deleted" in named("learning.trial_gone_words").text()


def test_forgetting_says_that_a_trial_ends(
    qtbot: QtBot, taught: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant
) -> None:
    on_trial(qtbot, taught, named, dialog, assistant)
    qtbot.mouseClick(named("learning.forget"), LEFT)
    asked = dialog("learning.forget_dialog")
    qtbot.waitUntil(named("forget.accept", asked).isEnabled)
    assert "on trial: the trial ends" in named("forget.goes", asked).text()


# Groups


@pytest.fixture
def grouped(qtbot: QtBot, taught: LearningPage, assistant: FakeAssistant) -> LearningPage:
    domains = assistant.learning.domains
    work, home = domains.add("work", 38), domains.add("rubbish, boiler", 9, named=False)
    for example in assistant.learning.examples:
        domains.at[example.id] = work.id
    taught.reload()
    qtbot.waitUntil(taught.domains.isVisible)
    assert home.id != work.id
    return taught


def row(page: LearningPage, name: str, assistant: FakeAssistant) -> QWidget:
    domain = next(one for one in assistant.learning.domains.all() if one.name == name)
    return page.findChild(QWidget, f"learning.domain.{domain.id}")


def test_one_group_without_a_name_is_not_shown(qtbot: QtBot, taught: LearningPage, assistant: FakeAssistant) -> None:
    assistant.learning.domains.add("boiler", 14, named=False)
    before = taught._status
    taught.reload()
    qtbot.waitUntil(lambda: taught._status is not before)
    assert not taught.domains.isVisible()


def test_each_group_says_what_it_holds_and_lacks(grouped: LearningPage, named: Named, assistant: FakeAssistant) -> None:
    assert "Examples: 38" in named("domain.counts", row(grouped, "work", assistant)).text()
    assert "about 27" in named("domain.counts", row(grouped, "rubbish, boiler", assistant)).text()


def test_a_group_is_renamed_in_place(
    qtbot: QtBot, grouped: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    home = row(grouped, "rubbish, boiler", assistant)
    qtbot.mouseClick(named("domain.rename", home), LEFT)
    field = named("domain.field", home)
    assert field.text() == "rubbish, boiler"
    qtbot.keyClicks(field, "home")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [one.name for one in assistant.learning.domains.all()] == ["work", "home"])
    qtbot.waitUntil(lambda: [line.domain.name for line in grouped.domains.lines] == ["work", "home"])
    qtbot.waitUntil(grouped.domains.lines[1].rename.hasFocus)


def test_escape_keeps_the_old_name_and_an_empty_one_is_refused(
    qtbot: QtBot, grouped: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    work = row(grouped, "work", assistant)
    qtbot.mouseClick(named("domain.rename", work), LEFT)
    qtbot.keyClicks(named("domain.field", work), "play")
    qtbot.keyClick(named("domain.field", work), Qt.Key.Key_Escape)
    assert named("domain.name", work).text() == "work"
    qtbot.mouseClick(named("domain.rename", work), LEFT)
    qtbot.keyClicks(named("domain.field", work), " ")
    qtbot.keyClick(named("domain.field", work), Qt.Key.Key_Return)
    qtbot.waitUntil(grouped.error.isVisible)
    assert assistant.learning.domains.all()[0].name == "work"


def test_a_training_may_be_for_one_group(
    qtbot: QtBot, grouped: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    work = assistant.learning.domains.all()[0]
    qtbot.mouseClick(named("domain.train", row(grouped, "work", assistant)), LEFT)
    qtbot.waitUntil(lambda: grouped.job is None and bool(grouped._shown))
    assert assistant.learning.trained_for == [work.id]
    card = named(f"learning.adapter.{assistant.learning.made[-1].id}")
    assert "work" in named("adapter.domain", card).text()


def test_an_example_is_moved_to_another_group_and_to_a_new_one(
    qtbot: QtBot, grouped: LearningPage, named: Named, dialog: Found, assistant: FakeAssistant
) -> None:
    domains, example = assistant.learning.domains, assistant.learning.examples[-1]
    qtbot.mouseClick(named("learning.review"), LEFT)
    review = dialog("learning.review_dialog")
    shown = named("example.domain", named(f"learning.example.{example.id}", review))
    assert "work" in shown.text()
    shown.menu().actions()[1].trigger()
    qtbot.waitUntil(lambda: "rubbish, boiler" in shown.text())
    assert domains.at[example.id] == domains.all()[1].id
    shown.menu().actions()[-1].trigger()
    asking = dialog("review.new_domain")
    asking.setTextValue("garden")
    asking.accept()
    qtbot.waitUntil(lambda: "garden" in shown.text())


def test_other_retrieval_settings_are_told_of_while_they_are_tried(
    qtbot: QtBot, page: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    card = page.findChild(QWidget, "learning.retrieval")
    assert not card.isVisible()
    tried = assistant.learning.retrieval
    tried.share = 0.3
    page.reload()
    assert "30%" in named("learning.retrieval_standing").text()
    assert {one.text() for one in card.findChildren(QLabel) if one.text().count("nothing can be said yet")} == {
        named("learning.policy.fewer").text()
    }, "what is so of all of them is said once"
    tried.viewed = [
        Viewed(policy == "words", Looked(policy=policy, same=[policy], propensity=chance))
        for policy, chance, times in (("shipped", 0.7, 60), ("words", 0.1, 30))
        for _ in range(times)
    ]
    page.reload()
    qtbot.waitUntil(lambda: "does better" in named("learning.policy.words").text())
    assert "About" in named("learning.policy.fewer").text()
    tried.share, tried.viewed = 0.0, []
    page.reload()
    qtbot.waitUntil(lambda: not card.isVisible())


def test_changed_questions_are_told_of_and_nothing_else_about_them_is(
    qtbot: QtBot, page: LearningPage, named: Named, assistant: FakeAssistant
) -> None:
    notice = page.findChild(QWidget, "learning.topics")
    few = Topics(adapter="a", trained=30, recent=3, chance=None, verdict="few", words="Not enough data to tell.")
    changed = Topics(adapter="a", trained=30, recent=20, chance=0.001, verdict="changed", words="They have changed.")
    assistant.learning.changed = changed
    page.reload()
    qtbot.waitUntil(notice.isVisible)
    assert named("learning.topics_words").text() == "They have changed."
    assistant.learning.changed = few
    page.reload()
    qtbot.waitUntil(lambda: not notice.isVisible())
