"""Weaker signs than words: kept once, where that was agreed to, counted by what answered, and nothing besides."""

import msgspec
import pytest

from engine.learning.records.signals import Given
from engine.learning.values import SIGNALS, Retention
from engine.privacy import consent
from tests.engine.learning.school import Route
from tests.engine.learning.test_forget import everything_kept

DAY_MS = 24 * 60 * 60 * 1000


def answer(school, number, *, adapter=None, **turn):
    """An answer that stands in a chat."""
    given = school.turn(number, route=Route(adapter=adapter), **turn)
    school.given.append(Given(given.id, given.thread_id, adapter, school.clock.now))
    return given


def counts(school):
    return [(one.adapter, one.answers, one.copied, one.asked_again, one.complaints, one.citations_opened)
            for one in school.learning.status().signals]  # fmt: skip


def test_a_sign_is_kept_with_all_that_names_it_and_without_words(school):
    row = school.learning.capture.note(
        answer(school, 1, adapter="one", thread="talk", answer="A secret answer."), "copied"
    )
    assert (row.kind, row.turn_id, row.thread_id, row.adapter_id) == ("copied", "turn-1", "talk", "one")
    assert (row.consent_version, row.created_ms, row.source) == (1, school.clock.now, "chat")
    assert (row.model_sha256, row.route["adapter"]) == (school.runtime.description.base_sha256, "one")
    assert school.learning.capture.signals() == [row]
    assert "secret" not in everything_kept(school)


def test_a_repeated_sign_is_kept_once(school):
    turn = answer(school, 1)
    for kind in (*SIGNALS, *SIGNALS):
        school.learning.capture.note(turn, kind)
    assert [row.kind for row in school.learning.capture.signals()] == list(SIGNALS)


def test_two_at_once_are_kept_once(school, monkeypatch):
    turn = answer(school, 1)
    monkeypatch.setattr(school.learning._records.signals, "holds", lambda _turn_id, _kind: False)
    assert school.learning.capture.note(turn, "copied") is not None
    assert school.learning.capture.note(turn, "copied") is None
    assert len(school.learning.capture.signals()) == 1


@pytest.mark.parametrize(
    "prepare",
    [
        lambda school: school.learning.turn_off(),
        lambda school: school.learning.set_learns_from("thread-1", False),
        lambda school: school.off_limits.add("turn-1"),
    ],
)
def test_nothing_is_kept_where_nothing_may_be_learned(school, prepare):
    turn = answer(school, 1)
    prepare(school)
    assert school.learning.capture.note(turn, "copied") is None
    assert school.learning.capture.signals() == []


def test_who_agreed_before_the_page_named_them_is_not_listened_to(school, monkeypatch):
    school.learning.turn_off()
    monkeypatch.setattr(consent, "PAGE_VERSION", consent.SIGNALS_PAGE - 1)
    school.learning.turn_on()
    assert school.correct(1) is not None
    assert school.learning.capture.note(answer(school, 2), "copied") is None
    monkeypatch.undo()
    school.learning.turn_off()
    school.learning.turn_on()
    assert school.learning.capture.note(answer(school, 2), "copied") is not None


def test_nothing_is_learned_from_them_and_no_example_shows_them(school):
    for number in range(60):
        for kind in SIGNALS:
            school.learning.capture.note(answer(school, number), kind)
    status = school.learning.status()
    assert (status.feedback, status.examples, status.left_out, status.signals_kept) == (0, 0, 0, 240)
    assert school.learning.review() == []
    school.corrections(6, start=100)
    trained = school.learning.train()
    assert trained.examples + trained.held_out == 6


def test_they_leave_what_was_said_as_it_is(school):
    """They supersede, repeat and contradict nothing, rate nothing, and take no adapter out of use."""
    corrected = school.correct(1)
    school.learning.capture.rate(school.turn(2), "up")
    before = school.learning.review()
    for number in (1, 2):
        for kind in SIGNALS:
            school.learning.capture.note(answer(school, number), kind)
    assert school.learning.review() == before
    assert school.learning.status().base_ratings.rated == 1
    adapter = school.learning.train().adapter
    school.learning.versions.promote(adapter, force=True)
    for number in range(10, 90):
        school.learning.capture.note(answer(school, number, adapter=adapter), "complaint" if number > 50 else "copied")
        assert school.learning.versions.watch() is None
    assert school.learning.versions.active().adapter_id == adapter
    assert corrected.id in {row.id for row in school.learning.capture.feedback(everything=True)}


def test_they_are_counted_by_what_answered(school):
    school.corrections(6, start=100)
    adapter = school.learning.train().adapter
    for number in (1, 2, 3):
        answer(school, number)
    school.learning.capture.note(answer(school, 4), "copied")
    for number, kind in ((5, "copied"), (6, "asked_again"), (7, "complaint"), (8, "citation_opened"), (9, "copied")):
        school.learning.capture.note(answer(school, number, adapter=adapter), kind)
    assert counts(school) == [(None, 4, 1, 0, 0, 0), (adapter, 5, 2, 1, 1, 1)]
    [known] = school.learning.versions.all()
    assert (known.signals.copied, known.signals.answers) == (2, 5)


def test_without_a_sign_there_is_nothing_to_tell(school):
    answer(school, 1)
    assert counts(school) == []


def test_what_was_said_of_an_answer_outweighs_them(school):
    turns = [answer(school, number, answer="Better.") for number in range(5)]
    for turn in turns:
        school.learning.capture.note(turn, "complaint")
    assert counts(school) == [(None, 5, 0, 0, 5, 0)]
    school.learning.capture.rate(turns[0], "up")
    school.learning.capture.correct(turns[1])
    school.learning.capture.prefer(turns[2], turns[3])
    assert counts(school) == [(None, 2, 0, 0, 2, 0)]
    school.clock.now += 1
    school.learning.capture.rate(turns[0], None)
    school.learning.capture.correct(msgspec.structs.replace(turns[1], answer=turns[1].draft))
    assert counts(school) == [(None, 4, 0, 0, 4, 0)], "both were taken back"


def test_only_answers_that_were_listened_to_are_counted(school):
    def an_hour():
        school.clock.now += 60 * 60 * 1000

    school.learning.turn_off()
    an_hour()
    answer(school, 1)
    an_hour()
    school.learning.turn_on()
    answer(school, 2)
    answer(school, 3, thread="private")
    school.learning.capture.note(answer(school, 4), "copied")
    school.learning.capture.note(school.turn(99), "copied")  # of a chat that is gone
    assert counts(school) == [(None, 3, 1, 0, 0, 0)]
    school.learning.set_learns_from("private", False)
    assert counts(school) == [(None, 2, 1, 0, 0, 0)]


@pytest.mark.parametrize("named", ["feedback_id", "turn_id", "thread_id"])
def test_a_forgotten_one_is_gone(school, named):
    row = school.learning.capture.note(answer(school, 1, thread="talk-to-forget"), "copied")
    other = school.learning.capture.note(answer(school, 2), "complaint")
    school.correct(3)
    value = row.id if named == "feedback_id" else getattr(row, named)
    assert school.forget(**{named: value}).items == 1
    assert school.learning.capture.signals() == [other]
    assert row.id not in everything_kept(school)
    assert "talk-to-forget" not in everything_kept(school)


def test_a_forgotten_chat_takes_its_signs_with_what_was_said_in_it(school):
    said = school.correct(1, thread="talk")
    for kind in SIGNALS:
        school.learning.capture.note(answer(school, 2, thread="talk"), kind)
    school.learning.capture.note(answer(school, 3), "copied")
    assert school.forget(thread_id="talk").items == 1 + len(SIGNALS)
    assert [row.turn_id for row in school.learning.capture.feedback(everything=True)] == ["turn-3"]
    assert said.id not in everything_kept(school)
    assert "talk" not in everything_kept(school)


def test_forgetting_everything_forgets_them(school):
    school.corrections(2)
    school.learning.capture.note(answer(school, 1), "copied")
    assert school.forget(everything=True).items == 3
    assert school.learning.capture.feedback(everything=True) == []


def test_forgetting_one_destroys_no_adapter(school):
    school.corrections(6)
    adapter = school.learning.train().adapter
    row = school.learning.capture.note(answer(school, 1, adapter=adapter), "copied")
    assert school.forget(feedback_id=row.id).adapters_destroyed == []
    assert [known.id for known in school.learning.versions.all()] == [adapter]


@pytest.mark.parametrize(
    ("retention", "kept", "counted"),
    [
        (Retention(), 4, 4),
        (Retention(days=2), 2, 2),
        (Retention(items=3), 3, 2),
        (Retention(items=9), 4, 4),
    ],
)
def test_they_expire_as_what_was_said_does_and_push_none_of_it_out(school, retention, kept, counted):
    for number in range(4):
        school.correct(number)
        school.learning.capture.note(answer(school, number + 100), "copied")
        school.clock.now += DAY_MS
    school.clock.now -= DAY_MS // 2
    school.retention = retention
    school.learning.capture.expire()
    assert [row.turn_id for row in school.learning.capture.signals()] == [f"turn-{100 + n}" for n in range(4 - kept, 4)]
    assert school.learning.status().feedback == kept
    [base] = school.learning.status().signals
    assert base.answers == base.copied == counted, "an answer before the oldest may have had one"


def test_what_is_exported_can_be_imported_again_once(school):
    school.correct(1, "Right.", thread="talk")
    for kind in SIGNALS:
        school.learning.capture.note(answer(school, 2, thread="talk", question="When?"), kind)
    lines = [msgspec.json.encode(line).decode() for line in school.learning.capture.export_lines()]
    assert '"signal":"asked_again","turn":"turn-2"' in "".join(lines)
    assert "The draft." not in "".join(line for line in lines if "signal" in line)
    before = school.learning.capture.signals()
    school.forget(everything=True)
    path = school.file(*lines)
    assert school.learning.capture.import_file(path).skipped == []
    after = school.learning.capture.signals()
    essence = [(row.kind, row.turn_id, row.thread_id, row.created_ms) for row in before]
    assert [(row.kind, row.turn_id, row.thread_id, row.created_ms) for row in after] == essence
    assert school.learning.capture.import_file(path).imported == 1, "the correction"
    assert len(school.learning.capture.signals()) == len(SIGNALS)
    assert counts(school) == [(None, 1, 0, 0, 0, 0)], "imported ones are no signs of this model's answers"


def test_a_line_with_a_signal_needs_its_turn_and_a_word_is_stronger(school):
    report = school.learning.capture.import_file(
        school.file(
            {"prompt": "A?", "signal": "copied"},
            {"prompt": "A?", "signal": "smiled", "turn": "turn-1"},
            {"prompt": [], "signal": "copied", "turn": "turn-1"},
            {"prompt": "A?", "signal": "copied", "turn": "turn-2", "correction": "B."},
        )
    )
    assert [skipped.line for skipped in report.skipped] == [1, 2]
    assert [(row.kind, row.turn_id) for row in school.learning.capture.signals()] == [("copied", "turn-1")]
    assert [example.target for example in school.learning.review()] == ["B."]
