"""The fixed reference material, and the rules its answers are held to."""

import re

import pytest

from engine.learning.gate.instruction_checks import InstructionCheck, holds, instruction_checks, reference_texts


@pytest.mark.parametrize(
    ("rules", "follows", "fails"),
    [
        ({"contains": ["Paris"]}, "It is PARIS.", "Lyon"),
        ({"contains": ["a", "b"]}, "b a", "a"),
        ({"contains_any": ["hi", "hello"]}, "Hello!", "Good day"),
        ({"excludes": ["happy"]}, "sad", "Happy or sad"),
        ({"starts": "Yes"}, "  yes, it is", "Oh yes"),
        ({"pattern": r"^\d+$"}, " 42\n", "42 it is"),
        ({"most_words": 2}, "two words", "now three words"),
        ({"fewest_words": 2}, "two words", "one"),
        ({"case": "upper"}, "LOUD 1", "Loud"),
        ({"case": "lower"}, "quiet", "Quiet"),
        ({}, "anything", "  "),
    ],
)
def test_each_rule_tells_following_from_not(rules, follows, fails):
    check = InstructionCheck(prompt="?", **rules)
    assert holds(check, follows)
    assert not holds(check, fails)


def test_all_rules_must_hold():
    check = InstructionCheck(prompt="?", contains=["sad"], excludes=["happy"], most_words=2)
    assert holds(check, "Sad.")
    assert not holds(check, "Sad, not happy")


def test_there_are_a_hundred_small_checks_and_none_repeats_another():
    checks = instruction_checks()
    assert len(checks) == 100
    assert len({check.prompt for check in checks}) == len(checks)
    assert all(check.max_tokens <= 48 for check in checks)
    assert all(re.compile(check.pattern) for check in checks)


def test_no_check_is_passed_by_saying_nothing():
    followed = [check.prompt for check in instruction_checks() if holds(check, "")]
    assert followed == []


def test_the_reference_texts_are_of_several_kinds_and_short_enough_to_score_each_time():
    texts = reference_texts()
    assert len(texts) >= 5
    assert all(60 <= len(text.split()) <= 140 for text in texts)
    assert len(set(texts)) == len(texts)
