import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.safety.grounding import content_words, support

PASSAGE = "The summer theatre in the Saxon Garden was in operation for 71 years, from 1870 to 1939."


def test_words_that_carry_nothing_do_not_count():
    assert content_words("It is in the Garden of 1870, I say") == ["garden", "1870", "say"]


def test_a_figure_from_the_passage_is_supported_and_another_is_not():
    question = "How long was the theatre in operation?"
    assert support("71 years.", PASSAGE, question=question) == 1
    assert support("42 months.", PASSAGE, question=question) == 0


def test_repeating_the_question_is_no_support():
    question = "Was the summer theatre in the Saxon Garden?"
    assert support("The summer theatre was in the Saxon Garden.", PASSAGE, question=question) == 0


def test_each_word_the_answer_adds_counts_once():
    assert support("71 years, 71 years and 5 months", PASSAGE) == pytest.approx(2 / 4)


@given(st.text(), st.text(), st.text())
def test_support_is_a_share(answer, passage, question):
    assert 0 <= support(answer, passage, question=question) <= 1


@given(st.text())
def test_a_text_supports_itself_if_it_says_anything(text):
    assert support(text, text) == pytest.approx(1 if content_words(text) else 0)
