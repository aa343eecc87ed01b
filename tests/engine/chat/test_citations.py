import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.chat.citations import checked, grounded, uncited

pieces = st.lists(
    st.one_of(
        st.integers(0, 12).map("[{}]".format),
        st.lists(st.integers(0, 12), min_size=2, max_size=4).map(lambda numbers: f"[{', '.join(map(str, numbers))}]"),
        st.sampled_from(["word", " ", "\n", "`[7]`", "[x]", "[100]", "[", "]", "1"]),
    ),
    max_size=12,
).map("".join)
shown = st.sets(st.integers(1, 8), min_size=1)


@pytest.mark.parametrize(
    ("answer", "text", "numbers"),
    [
        ("It is 71 [1].", "It is 71 [1].", [1]),
        ("It is 71 [3].", "It is 71.", []),
        ("It is 71 [2][9], or 72[1]", "It is 71 [2], or 72[1]", [2, 1]),
        ("It is 71 [1, 4; 2].", "It is 71 [1, 2].", [1, 2]),
        ("Use `items[7]` [2].", "Use `items[7]` [2].", [2]),
        ("```\nx = [9]\n```\nand [9] [1]", "```\nx = [9]\n```\nand [1]", [1]),
        ("In [2026] and [x].", "In [2026] and [x].", []),
        ("[5] Therefore.", " Therefore.", []),
    ],
)
def test_only_citations_of_passages_that_were_shown_are_left(answer, text, numbers):
    assert checked(answer, [1, 2]) == (text, numbers)


def test_without_passages_brackets_are_no_citations():
    assert checked("A list: [1, 2]", []) == ("A list: [1, 2]", [])


@given(pieces, shown)
def test_every_number_left_in_prose_was_shown(answer, numbers):
    text, cited = checked(answer, numbers)
    assert set(cited) <= numbers
    prose = re.sub(r"`[^`\n]*`", "", text)
    left = [int(number) for mark in re.findall(r"\[(\d{1,2}(?:, \d{1,2})*)\]", prose) for number in mark.split(", ")]
    assert set(left) == set(cited)


@given(pieces, shown)
def test_checking_twice_changes_nothing_more(answer, numbers):
    once = checked(answer, numbers)
    assert checked(once[0], numbers) == once


@given(pieces)
def test_an_answer_whose_passages_were_all_shown_is_left_as_it_is(answer):
    assert checked(answer, range(100))[0] == answer


def test_history_carries_no_numbers_of_other_passages():
    assert uncited("It is 71 [1], see `x[1]`.") == "It is 71, see `x[1]`."


def test_an_answer_without_numbers_cites_the_passage_its_words_stand_in():
    passages = {1: "The theatre was in the garden.", 2: "It was in operation for 71 years.", 3: "Entry costs 71 zloty."}
    question = "How long was the theatre in operation?"
    assert grounded("For 71 years.", passages, question=question) == 2
    assert grounded("71.", passages, question=question) == 2
    assert grounded("71 zloty.", passages, question=question) == 3
    assert grounded("Nobody knows.", passages, question=question) is None
    assert grounded("For 71 years.", {}, question=question) is None
