"""From feedback to examples: what is kept, what is left out and why."""

import pytest

from engine.learning.curation.curate import PROMPT_CHARACTERS, TARGET_CHARACTERS, THUMB_WEIGHT
from engine.learning.records.dataset import content_sha256
from engine.models.values import Message
from engine.privacy.masking import Masking, without_names
from engine.privacy.private_words import PrivateWords
from engine.words import say
from tests.fakes.names import KnownNames


def reasons(school):
    return [example.left_out for example in school.learning.review()]


def test_a_correction_becomes_its_prompt_and_what_the_owner_wrote(school):
    prompt = [Message("system", "Be brief."), Message("user", "When?")]
    feedback = school.correct(1, "At noon.", prompt=prompt)
    [example] = school.learning.review()
    assert (example.prompt, example.target, example.rejected) == (prompt, "At noon.", "The draft.")
    assert (example.weight, example.left_out, example.kind) == (1.0, None, "correction")
    assert (example.feedback_id, example.turn_id, example.thread_id) == (feedback.id, "turn-1", "thread-1")


def test_feedback_keeps_what_a_researcher_would_ask_of_it(school):
    school.learning.turn_off()
    school.learning.turn_on()
    feedback = school.correct(1)
    [row] = school.learning._records.log.all()
    assert row == feedback
    assert row.route == {"documents": False, "adapter": None, "domain": None}
    assert row.model_sha256 == school.runtime.description.base_sha256
    assert (row.source, row.consent_version, row.adapter_id) == ("chat", 3, None)
    assert row.created_ms <= school.clock.now


def test_a_chats_prompt_is_kept_by_reference_only(school):
    school.correct(1, question="Something private?")
    assert school.database.read("SELECT prompt FROM feedback") == [(None,)]
    del school.prompts["turn-1"]
    assert reasons(school) == ["left_out_turn_gone"]


def test_a_praised_answer_is_a_weak_example_and_a_thumb_down_never_one(school):
    school.learning.capture.rate(school.turn(1, answer="Good answer."), "up")
    school.learning.capture.rate(school.turn(2), "down", "wrong")
    praised, blamed = school.learning.review()
    assert (praised.target, praised.weight, praised.left_out) == ("Good answer.", THUMB_WEIGHT, None)
    assert blamed.left_out == "left_out_not_praised"


def test_a_thumb_taken_back_teaches_nothing(school):
    turn = school.turn(1)
    school.learning.capture.rate(turn, "up")
    school.learning.capture.rate(turn, None)
    assert reasons(school) == ["left_out_superseded", "left_out_not_praised"]


def test_a_chosen_answer_is_trained_on_as_if_it_were_written(school):
    school.learning.capture.prefer(school.turn(2, answer="Better."), school.turn(1, answer="Worse."))
    [example] = school.learning.review()
    assert (example.target, example.rejected, example.weight, example.kind) == ("Better.", "Worse.", 1.0, "preferred")


def test_the_newest_word_on_a_turn_holds(school):
    school.learning.capture.rate(school.turn(1), "up")
    school.correct(1, "First try.")
    school.correct(1, "Second try.")
    school.learning.capture.rate(school.turn(1), "up")
    assert reasons(school) == ["left_out_superseded", "left_out_superseded", None, "left_out_superseded"]


def test_going_back_to_the_draft_takes_the_correction_back(school):
    school.correct(1, "A correction.")
    school.correct(1, "the  draft.\n")
    assert reasons(school) == ["left_out_superseded", "left_out_unchanged"]


def test_of_doubles_the_newer_stays(school):
    school.correct(1, "At noon.", question="When?")
    school.correct(2, "At  NOON.", question="when?")
    school.correct(3, "At night.", question="When?")
    assert reasons(school) == ["left_out_duplicate", "left_out_contradicted", None]


def test_leaving_one_of_two_doubles_out_does_not_let_the_other_in(school):
    school.correct(1, "At noon.", question="When?")
    newer = school.correct(2, "At noon.", question="When?")
    assert school.learning.leave_out(newer.id).left_out == "left_out_by_owner"
    assert reasons(school) == ["left_out_duplicate", "left_out_by_owner"]
    assert school.learning.take_back(newer.id).left_out is None
    assert reasons(school) == ["left_out_duplicate", None]


@pytest.mark.parametrize(
    ("final", "question", "reason"),
    [
        (" \n", "When?", "left_out_empty"),
        ("x" * (TARGET_CHARACTERS + 1), "When?", "left_out_too_long"),
        ("Fine.", "y" * (PROMPT_CHARACTERS + 1), "left_out_too_long"),
        ("Fine.", " ", "left_out_turn_gone"),
    ],
)
def test_what_cannot_teach_is_left_out(school, final, question, reason):
    school.learning.capture.correct(school.turn(1, answer=final, prompt=[Message("user", question)]))
    assert reasons(school) == [reason]
    assert say(f"learning.{reason}")


def test_personal_data_is_masked_in_all_that_is_shown_and_trained_on(school):
    prompt = [Message("user", "Mail anna@example.org about 4111 1111 1111 1111")]
    school.learning.capture.correct(
        school.turn(1, answer="Call 202-898-8312.", draft="Ask joe@example.org", prompt=prompt)
    )
    [example] = school.learning.review()
    assert example.prompt == [Message("user", "Mail «email» about «card»")]
    assert (example.target, example.rejected, example.redactions) == ("Call «phone».", "Ask «email»", 4)


def test_names_are_masked_where_that_is_wanted_and_make_another_dataset(school):
    prompt = [Message("user", "Who is Anna?")]
    school.learning.capture.correct(school.turn(1, answer="Anna, of 12 Mill Lane.", draft="Bert.", prompt=prompt))
    [before] = school.learning.review()
    school.mask = Masking(
        school.database, PrivateWords(school.database, school.clock), KnownNames(), names_wanted=lambda: True
    )
    [after] = school.learning.review()
    assert after.prompt == [Message("user", "Who is «name»?")]
    assert (after.target, after.rejected) == ("«name», of «address».", "«name».")
    assert (before.redactions, after.redactions) == (0, 4)
    assert content_sha256(before) != content_sha256(after)


def test_every_text_is_masked_in_one_go(school):
    asked = []
    school.mask = lambda texts: asked.append(list(texts)) or without_names(texts)
    school.corrections(3)
    school.learning.review()
    [texts] = asked
    assert sorted(texts) == sorted({*texts})
    assert {"Question 1?", "What I meant, 2.", "The draft."} <= {*texts}


def test_consent_counts_at_the_time_and_now(school):
    school.correct(1)
    school.learning.turn_off()
    assert school.correct(2) is None
    assert school.learning.capture.rate(school.turn(3), "up") is None
    assert school.learning.capture.prefer(school.turn(4), school.turn(5)) is None
    assert reasons(school) == ["left_out_no_consent"]
    school.learning.turn_on()
    assert reasons(school) == [None]


def test_feedback_without_a_consent_of_its_time_is_never_used(school):
    school.correct(1)
    with school.database.write() as connection:
        connection.execute("UPDATE feedback SET consent_version = 0")
    assert reasons(school) == ["left_out_no_consent"]
