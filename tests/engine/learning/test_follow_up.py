"""What the next question tells of the answer before it: complaints by their words, the same asked again by meaning."""

import tomllib
from pathlib import Path

import pytest

from engine.learning.follow_up import heard_in, is_complaint
from engine.library.embed import OnnxEmbedder
from engine.models.catalog import Models
from tests import benchmarks
from tests.fakes.embedder import HashingEmbedder

LISTS = tomllib.loads(Path(benchmarks.__file__).with_name("follow_ups.toml").read_text(encoding="utf-8"))
ORDINARY = [pair for name, pairs in LISTS.items() if name.startswith("ordinary") for pair in pairs]
COMPLAINTS = [text for name, texts in LISTS.items() if name.startswith("complaints") for text in texts]


def test_ordinary_questions_are_no_complaints():
    assert [question for _, question in ORDINARY if is_complaint(question)] == []


def test_complaints_are_heard():
    unheard = [text for text in COMPLAINTS if not is_complaint(text)]
    assert len(unheard) <= len(COMPLAINTS) // 20, unheard


@pytest.mark.parametrize(
    ("text", "complains"),
    [
        ("THAT'S WRONG", True),
        ("That\u2019s wrong…", True),
        ("\n  no -- that is not right; it was May", True),
        ("Nein! Das stimmt nicht, es war im Mai.", True),
        ("That's wrongly spelled where?", False),
        ("Is it fair to say: that's wrong?", False),
        ("", False),
        ("x" * 100_000 + " that's wrong", False),
    ],
)
def test_the_beginning_counts_whatever_its_case_and_marks(text, complains):
    assert is_complaint(text) is complains


def test_both_can_be_heard_in_one_question():
    embedder = HashingEmbedder()
    assert list(heard_in("When does it end?", "When does it end?", embedder)) == ["asked_again"]
    assert list(heard_in("That's wrong.", "When does it end?", embedder)) == ["complaint"]
    assert list(heard_in("That's wrong.", "that's wrong.", embedder)) == ["complaint", "asked_again"]
    assert list(heard_in("Who has the keys?", "When does it end?", embedder)) == []


@pytest.mark.model
def test_the_same_in_other_words_is_heard_and_another_question_is_not(models_folder):
    embedder = OnnxEmbedder(Models(models_folder).embedder())
    try:
        again = [list(heard_in(later, before, embedder)) for before, later in LISTS["again_en"]]
        other = [list(heard_in(later, before, embedder)) for before, later in ORDINARY]
    finally:
        embedder.close()
    assert again.count(["asked_again"]) >= 9
    assert not any(other)
