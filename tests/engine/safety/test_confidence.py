import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.safety.confidence import confidence

logprobs = st.lists(st.floats(min_value=-60, max_value=0), min_size=4)


def test_too_few_tokens_say_nothing():
    assert confidence([-0.1, -0.1, -0.1]) is None


def test_the_mean_probability_is_geometric():
    assert confidence([math.log(0.5), math.log(0.125)] * 2) == pytest.approx(0.25)


@given(logprobs)
def test_it_is_a_share(values):
    assert 0 <= confidence(values) <= 1


@given(logprobs)
def test_surer_tokens_never_lower_it(values):
    assert confidence([value / 2 for value in values]) >= confidence(values)
