"""Dataset versions: a split nothing leaks across, bytes that hash the same, manifests without text."""

import hashlib

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.records.dataset import Manifest, content_sha256, manifest_of, split
from engine.learning.values import Example
from engine.models.values import Message


def example(number, *, thread=None, question=None, kind="correction", target="Yes."):
    return Example(
        id=f"id-{number:04d}",
        feedback_id=f"id-{number:04d}",
        prompt=[Message("user", question or f"Question {number}?")],
        target=target,
        thread_id=thread,
        kind=kind,
        created_ms=number,
    )


@st.composite
def feedback(draw):
    rows = st.tuples(
        st.sampled_from([None, "a", "b", "c", "d"]),
        st.sampled_from([None, None, None, "Same?", "same? ", "Another?"]),
        st.sampled_from(["correction", "correction", "preferred", "thumb"]),
    )
    return [
        example(number, thread=thread, question=question, kind=kind)
        for number, (thread, question, kind) in enumerate(draw(st.lists(rows, max_size=40)))
    ]


@given(feedback())
def test_nothing_stands_on_both_sides(examples):
    parts = split(examples)
    for told in (
        lambda one: one.id,
        lambda one: one.thread_id or one.id,
        lambda one: " ".join(one.prompt[-1].content.casefold().split()),
    ):
        assert not {told(one) for one in parts.train} & {told(one) for one in parts.held_out}


@given(feedback())
def test_there_is_always_something_to_train_on_and_the_test_is_of_the_owners_own_words(examples):
    parts = split(examples)
    said = [one for one in examples if one.kind != "thumb"]
    assert all(one.kind != "thumb" for one in parts.held_out)
    assert len(parts.held_out) <= max(1, len(said) // 2)
    if examples:
        assert parts.train
    if len(said) < 5:
        assert not parts.held_out


@given(st.integers(5, 200))
def test_separate_conversations_give_exactly_their_newest_fifth(count):
    parts = split([example(number) for number in range(count)])
    held = -(-count // 5)
    assert [one.created_ms for one in parts.held_out] == list(range(count - held, count))
    assert [one.created_ms for one in parts.train] == list(range(count - held))


def test_a_conversation_is_as_new_as_its_newest_word():
    examples = [example(0, thread="long"), *(example(number) for number in range(1, 9)), example(9, thread="long")]
    assert {one.thread_id for one in split(examples).held_out} == {"long"}


def test_one_conversation_too_large_to_spare_is_trained_on():
    examples = [example(number) for number in range(10)] + [example(number, thread="long") for number in range(10, 40)]
    parts = split(examples)
    assert [one.created_ms for one in parts.held_out] == list(range(2, 10))
    assert len(parts.train) == 32


def test_the_same_content_is_the_same_version_and_its_hash_is_over_canonical_bytes(school):
    school.corrections(10)
    school.learning.train()
    school.learning.train()
    [version] = school.learning.report().datasets
    [(content,)] = school.database.read("SELECT manifest FROM datasets")
    assert hashlib.sha256(content.encode()).hexdigest() == version.sha256
    manifest = msgspec.json.decode(content, type=Manifest)
    assert msgspec.json.encode(manifest, order="deterministic").decode() == content
    assert (len(version.train), len(version.held_out)) == (8, 2)


def test_another_choice_of_examples_is_another_version(school):
    kept = school.corrections(10)
    school.learning.train()
    school.learning.leave_out(kept[0].id)
    school.learning.train()
    first, second = school.learning.report().datasets
    assert first.sha256 != second.sha256
    assert kept[0].id in first.train
    assert kept[0].id not in second.train + second.held_out


def test_a_manifest_names_and_hashes_and_tells_nothing():
    one = example(1, question="A private matter?", target="Never said aloud.")
    content = msgspec.json.encode(manifest_of(split([one]))).decode()
    assert one.id in content
    assert content_sha256(one) in content
    assert "private" not in content
    assert "aloud" not in content


def test_the_hash_is_over_everything_that_is_trained_on():
    one = example(1)
    changed = [
        msgspec.structs.replace(one, target="No."),
        msgspec.structs.replace(one, weight=0.5),
        msgspec.structs.replace(one, rejected="Perhaps."),
        msgspec.structs.replace(one, prompt=[Message("system", "Be brief."), *one.prompt]),
    ]
    assert len({content_sha256(each) for each in (one, *changed)}) == 5
    assert content_sha256(one) == content_sha256(msgspec.structs.replace(one, redactions=3))
