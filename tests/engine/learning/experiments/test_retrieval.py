"""Retrieval settings tried in a real chat: drawn, logged, blind, counted by what stands, forgotten with the rest."""

import pytest

from engine.chat.values import AskOptions
from engine.learning.policies import draw
from engine.words import say
from tests.engine.learning.experiments.test_trials import Talking


@pytest.fixture
def talking(tmp_path, key, clock):
    talking = Talking(tmp_path, key, clock)
    talking.learning.turn_on()
    talking.try_retrieval = 0.5
    talking.shelf.lay("One.", "Two.", "Three.", "Four.")
    yield talking
    talking.database.close()


def viewed(talking):
    return [(one.liked, one.looked.policy) for one in talking.learning._records.log.viewed()]


def test_a_setting_is_drawn_for_each_turn_and_logged_with_how_likely_its_passages_were(talking):
    turns = [talking.ask() for _ in range(100)]
    assert {turn.route.looked.policy for turn in turns} == {"shipped", "words", "meaning", "fewer"}
    for turn in turns:
        look = turn.route.looked
        assert look.policy == draw(0.5, turn.id).policy
        texts = [part.source_id for part in talking.chat._turns.parts(turn.id) if part.kind == "passage"]
        expected = {
            "shipped": ([1, 2, 3, 4], ["shipped", "meaning"], 0.5 + 0.5 / 3),
            "meaning": ([1, 2, 3, 4], ["shipped", "meaning"], 0.5 + 0.5 / 3),
            "words": ([4, 3, 2, 1], ["words"], 0.5 / 3),
            "fewer": ([1, 2], ["fewer"], 0.5 / 3),
        }
        numbers, same, propensity = expected[look.policy]
        assert texts == [f"chunk-{number}" for number in numbers]
        assert (look.same, look.propensity) == (same, pytest.approx(propensity))


def test_whoever_reads_the_answer_is_told_that_and_not_which(talking):
    reasons = {turn.route.reason for turn in [talking.ask() for _ in range(20)] if turn.route.looked.policy != "fewer"}
    assert len(reasons) == 1
    assert say("chat.route_retrieval") in reasons.pop()


@pytest.mark.parametrize("kept_out", ["setting", "learning", "chat", "documents", "nothing near"])
def test_where_it_may_not_or_cannot_tell_nothing_is_tried(talking, kept_out):
    first = talking.ask()
    options = AskOptions(documents=kept_out != "documents")
    if kept_out == "setting":
        talking.try_retrieval = 0.0
    elif kept_out == "learning":
        talking.learning.turn_off()
    elif kept_out == "chat":
        talking.learning.set_learns_from(first.thread_id, False)
    elif kept_out == "nothing near":
        talking.shelf.passages.clear()
        talking.shelf.lay("Far off.", score=0.1)
    thread = first.thread_id
    turns = [talking.done(talking.chat.ask("Why?", thread_id=thread, options=options)) for _ in range(10)]
    assert all(turn.route.looked is None for turn in turns)
    assert all(say("chat.route_retrieval") not in turn.route.reason for turn in turns)
    if kept_out in {"setting", "learning", "chat"}:
        assert {len(turn.route.reason) for turn in turns} == {len(turns[0].route.reason)}


def test_thumbs_count_as_they_stand_and_corrected_answers_as_not_liked(talking):
    liked, taken_back, turned, corrected, mended, given_back, unjudged = (talking.ask() for _ in range(7))
    policies = {turn.id: turn.route.looked.policy for turn in (liked, turned, corrected, mended)}
    capture = talking.learning.capture
    for turn in (liked, taken_back, turned, mended):
        capture.rate(turn, "up")
    capture.rate(taken_back, None)
    capture.rate(turned, "down")
    for turn in (corrected, mended, given_back):
        capture.correct(talking.chat.set_correction(turn.id, "Better."))
    capture.correct(talking.chat.set_correction(given_back.id, given_back.draft))
    assert viewed(talking) == [
        (True, policies[liked.id]),
        (False, policies[mended.id]),
        (False, policies[turned.id]),
        (False, policies[corrected.id]),
    ]
    assert talking.learning.retrieval.report().rated == 4
    assert unjudged.rating is None


def test_it_is_in_the_report_survives_a_restart_and_goes_with_what_is_forgotten(talking):
    talking.judged(60, lambda route: route.looked.policy != "fewer")
    report = talking.learning.retrieval.report()
    assert (report.rated, report.share) == (60, 0.5)
    found = {one.policy: one for one in report.policies}
    assert (found["shipped"].liked, found["shipped"].verdict) == (1.0, "shipped")
    talking.reopen()
    assert talking.learning.retrieval.report() == report
    one = talking.learning.capture.feedback(everything=True)[0]
    talking.forget(feedback_id=one.id)
    assert talking.learning.retrieval.report().rated == 59
    talking.forget(everything=True)
    talking.try_retrieval = 0.0
    assert talking.learning.retrieval.report().policies == []


def test_a_trial_beside_it_is_drawn_independently(talking):
    talking.corrections(40)
    talking.learning.versions.try_out(talking.learning.train().adapter, 0.5)
    drawn = {(turn.route.arm.tried, turn.route.looked.policy) for turn in [talking.ask() for _ in range(240)]}
    assert len(drawn) == 8
