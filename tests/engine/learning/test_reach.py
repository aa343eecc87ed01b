"""Consent by scope: learning as a whole, a conversation, and documents that must not teach."""

import msgspec
import pytest

from engine.learning.values import Retention
from engine.privacy import consent
from engine.settings import Settings
from engine.words import say
from tests.engine.learning.test_adapters import ENOUGH, lift


def reasons(school):
    return {example.turn_id: example.left_out for example in school.learning.review()}


def test_a_conversation_teaches_unless_its_owner_says_otherwise(school):
    assert school.learning.learns_from("thread-1")
    school.learning.set_learns_from("thread-1", False)
    school.reopen()
    assert not school.learning.learns_from("thread-1")
    assert school.learning.learns_from("thread-2")
    school.learning.set_learns_from("thread-1", True)
    assert school.learning.learns_from("thread-1")


def test_saying_it_twice_is_written_down_once(school):
    for wanted in (True, False, False, True, True):
        school.learning.set_learns_from("thread-1", wanted)
    assert school.actions() == ["learning_on", "chat_off", "chat_on"]
    assert [(row.scope, row.given) for row in school.learning.report().consents] == [
        ("learning", True),
        ("chat:thread-1", False),
        ("chat:thread-1", True),
    ]


def test_what_a_conversation_taught_before_waits_until_it_may_again(school):
    school.correct(1)
    school.correct(2)
    school.learning.set_learns_from("thread-1", False)
    assert reasons(school) == {"turn-1": "left_out_chat", "turn-2": None}
    school.learning.set_learns_from("thread-1", True)
    assert reasons(school) == {"turn-1": None, "turn-2": None}


def test_nothing_more_is_kept_of_a_conversation_kept_out(school):
    school.learning.set_learns_from("thread-1", False)
    assert school.correct(1) is None
    assert school.learning.capture.rate(school.turn(1), "up") is None
    assert school.learning.capture.prefer(school.turn(1), school.turn(2, thread="thread-1")) is None
    assert school.learning.capture.feedback(everything=True) == []


def test_answers_on_documents_that_must_not_teach_are_neither_kept_nor_learned_from(school):
    school.correct(1)
    school.off_limits.add("turn-1")
    school.off_limits.add("turn-2")
    assert school.correct(2) is None
    assert reasons(school) == {"turn-1": "left_out_folder"}


def test_imported_feedback_belongs_to_no_folder(school):
    school.learning.capture.import_file(school.file({"prompt": "When?", "correction": "At noon."}))
    assert [example.left_out for example in school.learning.review()] == [None]


@pytest.mark.parametrize(
    ("prepare", "refusal"),
    [
        (lambda school: None, None),
        (lambda school: school.learning.turn_off(), "off"),
        (lambda school: school.learning.set_learns_from("thread-1", False), "chat"),
        (lambda school: school.off_limits.add("turn-1"), "folder"),
    ],
)
def test_why_something_is_not_kept_can_be_told(school, prepare, refusal):
    prepare(school)
    assert school.learning.refusal(school.turn(1)) == refusal
    assert (school.correct(1) is None) == (refusal is not None)


def test_the_next_dataset_does_without_what_was_withdrawn_and_training_again_is_offered(school):
    lift(school, 0.5)
    school.corrections(ENOUGH)
    first = school.learning.train()
    school.learning.versions.promote(first.adapter)
    assert school.learning.status().withdrawn == 0
    before = school.learning.report().datasets[-1]
    taught = [row for row in school.learning.capture.feedback(everything=True) if row.id in before.train]
    for row in taught[:3]:
        school.learning.set_learns_from(row.thread_id, False)
    school.learning.leave_out(taught[3].id)
    assert school.learning.status().withdrawn == 4
    second = school.learning.train()
    after = school.learning.report().datasets[-1]
    assert not {row.id for row in taught[:4]} & {*after.train, *after.held_out}
    assert [score.name for score in second.gate.scores if score.name.startswith("held_out")] == ["held_out_vs_base"]
    school.learning.versions.promote(second.adapter)
    assert school.learning.status().withdrawn == 0


DAY_MS = 24 * 60 * 60 * 1000


@pytest.mark.parametrize(
    ("retention", "kept"),
    [
        (Retention(), 4),
        (Retention(days=2), 2),
        (Retention(days=1), 1),
        (Retention(items=3), 3),
        (Retention(items=9), 4),
        (Retention(days=2, items=1), 1),
    ],
)
def test_feedback_is_kept_as_long_and_as_much_as_its_owner_wants(school, retention, kept):
    rows = []
    for number in range(4):
        rows.append(school.correct(number))
        school.clock.now += DAY_MS
    school.clock.now -= DAY_MS // 2
    school.retention = retention
    assert school.learning.capture.expire() == 4 - kept
    assert [row.id for row in school.learning.capture.feedback(everything=True)] == [row.id for row in rows[4 - kept :]]
    assert school.actions()[1:] == (["feedback_expired"] if kept < 4 else [])
    assert school.learning.capture.expire() == 0


def test_what_expired_is_not_in_the_next_dataset_and_the_adapter_stands(school):
    lift(school, 0.5)
    rows = school.corrections(ENOUGH)
    first = school.learning.train().adapter
    school.learning.versions.promote(first)
    school.retention = Retention(items=ENOUGH - 10)
    school.learning.train()
    newest = school.learning.report().datasets[-1]
    assert not {row.id for row in rows[:10]} & {*newest.train, *newest.held_out}
    assert school.learning.versions.active().adapter_id == first


def older(school, monkeypatch, page):
    """Learning is on, agreed to on an older page."""
    school.learning.turn_off()
    monkeypatch.setattr(consent, "PAGE_VERSION", page)
    school.learning.turn_on()
    monkeypatch.undo()


@pytest.mark.parametrize("setting", consent.NAMED_FROM)
def test_a_setting_that_the_page_agreed_to_does_not_name_is_told(school, monkeypatch, setting):
    off, on = Settings(), msgspec.structs.replace(Settings(), **{setting: True if setting == "train_unasked" else 0.2})
    assert school.learning.unnamed(off, on) == []
    older(school, monkeypatch, consent.NAMED_FROM[setting] - 1)
    assert school.learning.unnamed(off, on) == [setting]
    assert school.learning.unnamed(on, on) == [], "it was on before"
    assert school.learning.unnamed(on, off) == []
    school.learning.turn_on()
    assert school.learning.unnamed(off, on) == []
    older(school, monkeypatch, consent.NAMED_FROM[setting] - 1)
    school.learning.turn_off()
    assert school.learning.unnamed(off, on) == [], "nothing is done while learning is off, and then the page is new"


def test_a_newer_page_is_agreed_to_once_and_what_was_said_before_stays(school, monkeypatch):
    older(school, monkeypatch, consent.PAGE_VERSION - 1)
    kept = school.correct(1)
    assert school.learning.page_news() == [say(f"learning.page_news_{consent.PAGE_VERSION}")]
    school.learning.turn_on()
    school.learning.turn_on()
    assert school.learning.page_news() == []
    assert school.actions()[-2:] == ["learning_on", "learning_renewed"]
    [example] = school.learning.review()
    assert (example.feedback_id, example.left_out) == (kept.id, None)


def test_each_page_says_what_is_new_on_it(school, monkeypatch):
    older(school, monkeypatch, 1)
    assert len(school.learning.page_news()) == consent.PAGE_VERSION - 1
