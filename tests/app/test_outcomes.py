"""What a score says in a word: never more than its interval and the gate's limit allow."""

import pytest

from app.learning.outcomes import gain, measure, numbers, outcome, summary
from engine.learning.values import Score


def score(name, low=None, high=None, *, passed=True, difference=0.1):
    return Score(name=name, candidate=0.6, reference=0.5, difference=difference, low=low, high=high, passed=passed)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (score("held_out_vs_base", 0.1, 0.3), "better"),
        (score("held_out_vs_base", 0.1, 0.3, passed=False), "unclear"),  # too few corrections to believe it
        (score("held_out_vs_base", -0.1, 0.3, passed=False), "unclear"),
        (score("held_out_vs_base", -0.3, -0.1, passed=False), "lost"),
        (score("answered", -0.3, -0.1), "worse"),
        (score("answered", -0.3, -0.1, passed=False), "lost"),
        (score("answered", -0.3, 0.1, passed=False), "lost"),
        (score("answered", -0.1, 0.1), "unclear"),
        (score("drawn", -0.3, -0.1), "better"),  # less is better
        (score("drawn", 0.1, 0.3), "worse"),
        (score("instructions"), "kept"),
        (score("instructions", passed=False), "lost"),
        (score("words"), "told"),
        (score("something_new", 0.1, 0.3), "better"),
    ],
)
def test_a_score_is_said_in_a_word(found, said):
    assert outcome(found) == said


def test_where_less_is_better_the_interval_is_turned_around():
    assert gain(score("drawn", -0.3, -0.1, difference=-0.2)) == (0.1, 0.2, 0.3)
    assert gain(score("instructions")) is None


def test_numbers_have_their_unit_and_their_interval():
    assert numbers(score("held_out_vs_base", 0.05, 0.15)) == "+0.100 nat a word part (95 %: +0.050 to +0.150)"
    assert numbers(score("instructions")) == "60.0%, compared with 50.0%"
    assert measure(score("something_new")) == "something new"


def test_the_first_line_says_what_got_better_what_worse_and_how_sure():
    told = summary([score("held_out_vs_base", 0.1, 0.3), score("answered", -0.3, -0.1), score("harmful", -1, 1)])
    assert told.startswith("Better: Your wording, against the plain model. Worse: Questions answered from passages.")
    assert "No clear difference in 1 more." in told
    assert "95 % interval" in told
    assert summary([score("words")]).startswith("Nothing is shown to be better. Nothing is shown to be worse.")
