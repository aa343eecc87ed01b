"""The sign test against what is known of it, and the number of choices against its exact power."""

import math

import pytest

from engine.learning.statistics.sign_test import LEAST, choices_to_tell, sign_test


@pytest.mark.parametrize(
    ("wins", "losses", "p"),
    [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 0.0625), (6, 0, 0.03125), (9, 1, 22 / 1024), (8, 2, 112 / 1024), (3, 3, 1.0)],
)
def test_the_p_value_is_exact_and_two_sided(wins, losses, p):
    assert sign_test(wins, losses) == pytest.approx(p)
    assert sign_test(losses, wins) == sign_test(wins, losses)


def test_many_choices_keep_it_within_bounds():
    assert sign_test(5000, 5000) == 1.0
    assert 0 <= sign_test(6000, 4000) < 1e-80


def test_fewer_than_the_least_cannot_tell():
    assert sign_test(LEAST, 0) < 0.05 <= sign_test(LEAST - 1, 0)
    assert choices_to_tell(1.0) == LEAST


@pytest.mark.parametrize("share", [0.6, 0.65, 0.7, 0.8, 0.3])
def test_so_many_choices_tell_in_about_four_of_five_series(share):
    choices = choices_to_tell(share)
    power = sum(
        math.comb(choices, wins) * share**wins * (1 - share) ** (choices - wins)
        for wins in range(choices + 1)
        if sign_test(wins, choices - wins) < 0.05
    )
    assert 0.72 < power < 0.86


def test_no_number_shows_an_even_share_to_be_uneven():
    assert choices_to_tell(0.5) is None
