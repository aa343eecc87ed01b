"""Examples become rows, batches and pieces without a target token lost, moved or counted twice."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.learning.training.batches import Anchor, batches_of, lessons_of, order_of
from engine.learning.training.protocol import TrainingConfig, TrainingExample

tokens = st.lists(st.integers(1, 99), max_size=30)
examples = st.lists(st.builds(TrainingExample, tokens, tokens, st.sampled_from([0.25, 1.0, 2.0])), max_size=20)


def config(**changes):
    return TrainingConfig(**{"max_tokens": 100} | changes)


def predicted(batches):
    """What each target token is predicted from: its own row up to there."""
    for batch in batches:
        for piece in batch.pieces:
            length = piece.tokens.shape[1]
            for place, target, weight in zip(piece.places, piece.targets, piece.weights, strict=True):
                row, column = divmod(int(place), length)
                yield (*map(int, piece.tokens[row, : column + 1]), int(target)), float(weight)


@given(examples, st.integers(1, 5), st.integers(1, 64))
def test_every_target_token_is_predicted_once_from_what_precedes_it(given_examples, size, piece_tokens):
    lessons, _ = lessons_of(given_examples, config(batch=size))
    expected = Counter()
    for example in given_examples:
        whole = example.prompt + example.target
        first = max(len(example.prompt), 1)
        expected.update(tuple(whole[: end + 1]) for end in range(first, len(whole)))

    batches = batches_of(lessons, config(batch=size), piece_tokens=piece_tokens)
    assert Counter(tokens for tokens, _ in predicted(batches)) == expected


@given(examples, st.integers(1, 5))
def test_a_batch_is_the_weighted_mean_of_its_target_tokens(given_examples, size):
    lessons, _ = lessons_of(given_examples, config(batch=size))

    for number, batch in enumerate(batches_of(lessons, config(batch=size))):
        some = sorted(lessons, key=lambda lesson: lesson.length)[number * size : (number + 1) * size]
        rows = [row for lesson in some for row in lesson.rows]
        whole = sum(len(row.targets) * row.weight for row in rows)
        expected = [row.weight / whole for row in rows for _ in row.targets]
        assert [weight for _, weight in predicted([batch])] == pytest.approx(expected)
        assert len(batch.pieces) >= min(2, sum(len(piece.tokens) for piece in batch.pieces))


def test_a_pair_and_a_judged_answer_stay_whole():
    given_examples = [
        TrainingExample([1, 2], [3, 4], rejected=[5]),
        TrainingExample([6], [7], 0.25, liked=True),
        TrainingExample([8], [9, 10], 0.25, liked=False),
        TrainingExample([11], [12]),
    ]
    wanted = config(pair_weight=0.5, judged_weight=0.2)
    lessons, left_out = lessons_of(given_examples, wanted)
    (batch,) = batches_of(lessons, wanted, piece_tokens=3)

    assert not left_out
    margins = [
        (tuple(signs * piece.targets), round(float(share) * len(given_examples), 6), bool(pair))
        for piece in batch.pieces
        for signs, share, pair in zip(piece.margins, piece.shares, piece.paired, strict=True)
    ]
    assert sorted(margins) == [((-9, -10), 0.2, False), ((3, 4, -5), 0.5, True), ((7,), 0.2, False)]
    weights = {
        int(target): float(weight)
        for piece in batch.pieces
        for target, weight in zip(piece.targets, piece.weights, strict=True)
    }
    whole = 2 + 0.25 + 1
    assert weights == pytest.approx({3: 1 / whole, 4: 1 / whole, 5: 0, 7: 0.25 / whole, 9: 0, 10: 0, 12: 1 / whole})


def test_what_is_distilled_is_the_draft_or_else_the_target_read_after_either_prompt():
    drafted = TrainingExample([1, 2], [3, 4], rejected=[5, 6, 7], shown=[8, 1, 3, 4, 2])
    plain = TrainingExample([1], [2, 3], 0.5, shown=[9, 1])
    wanted = config(distil_weight=0.8)
    lessons, _ = lessons_of([drafted, plain, TrainingExample([1], [2])], wanted)
    (batch,) = batches_of(lessons, wanted)

    def read(reading):
        tokens = reading.tokens.reshape(-1).tolist()
        return [tokens[: place + 1] for place in reading.places.tolist()]

    of_plain, of_draft = (piece for piece in batch.pieces if isinstance(piece, Anchor))
    assert read(of_plain) == [[1], [1, 2]]
    assert read(of_plain.shown) == [[9, 1], [9, 1, 2]]
    assert read(of_draft) == [[1, 2], [1, 2, 5], [1, 2, 5, 6]]
    assert read(of_draft.shown) == [[8, 1, 3, 4, 2], [8, 1, 3, 4, 2, 5], [8, 1, 3, 4, 2, 5, 6]]
    assert (of_plain.share, of_draft.share) == pytest.approx((0.8 * 1 / 4, 0.8 * 3 / 4))


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 40), st.integers(2, 9))
def test_both_read_the_whole_of_what_is_distilled_however_long_their_prompts_are(prompt, answer, shown, most):
    wanted = config(distil_weight=1.0, max_tokens=most)
    lessons, left_out = lessons_of(
        [TrainingExample([1] * prompt, [2], rejected=[3] * answer, shown=[4] * shown)], wanted
    )
    (anchor,) = (piece for piece in batches_of(lessons, wanted)[0].pieces if isinstance(piece, Anchor))

    assert not left_out
    assert len(anchor.places) == len(anchor.shown.places) == min(answer, most - 1)
    assert anchor.tokens.size < most
    assert anchor.shown.tokens.size < 2 * most
    assert anchor.places[-1] == anchor.tokens.size - 1
    assert anchor.shown.places[-1] == anchor.shown.tokens.size - 1


@pytest.mark.parametrize("change", [{"shown": []}, {"prompt": []}])
def test_nothing_is_distilled_without_a_demonstration_or_a_prompt(change):
    example = replace(TrainingExample([1], [2, 3], rejected=[4], shown=[5]), **change)
    wanted = config(distil_weight=1.0)
    (batch,) = batches_of(lessons_of([example], wanted)[0], wanted)

    assert not [piece for piece in batch.pieces if isinstance(piece, Anchor)]


def test_what_has_no_weight_in_the_loss_is_not_computed():
    pair = TrainingExample([1, 2], [3, 4], rejected=[5])
    lessons, left_out = lessons_of([pair, TrainingExample([6], [7], liked=False)], config())

    assert [[row.targets for row in lesson.rows] for lesson in lessons] == [[[3, 4]]]
    assert left_out == [1]


def test_a_rejected_answer_that_is_too_long_leaves_the_chosen_one():
    lessons, _ = lessons_of([TrainingExample([1], [2], rejected=[3] * 9)], config(max_tokens=9, pair_weight=1.0))

    assert [row.targets for lesson in lessons for row in lesson.rows] == [[2]]


def test_a_long_prompt_loses_its_beginning():
    [lesson], left_out = lessons_of([TrainingExample([1, 2, 3, 4, 5], [6, 7])], config(max_tokens=4))

    assert lesson.rows[0].tokens == [4, 5, 6]
    assert lesson.rows[0].targets == [6, 7]
    assert not left_out


def test_a_target_is_never_cut():
    fits, too_long = TrainingExample([1, 2], [3, 4, 5]), TrainingExample([1, 2], [3, 4, 5, 6])

    empty, unheard = TrainingExample([1], []), TrainingExample([1], [2], 0.0)
    lessons, left_out = lessons_of([too_long, fits, empty, unheard], config(max_tokens=4))

    assert [row.targets for lesson in lessons for row in lesson.rows] == [[3, 4, 5]]
    assert left_out == [0, 2, 3]


def test_lessons_of_like_length_share_a_batch():
    lessons, _ = lessons_of([TrainingExample([1] * length, [2]) for length in (9, 1, 8, 2)], config())

    assert [batch.padded_tokens for batch in batches_of(lessons, config(batch=2))] == [1 + 2, 8 + 9]


def test_every_epoch_takes_every_batch_in_an_order_of_its_own():
    order = list(order_of(20, TrainingConfig(epochs=2, seed=3)))

    assert sorted(order[:20]) == sorted(order[20:]) == list(range(20))
    assert order[:20] != order[20:]
    assert order == list(order_of(20, TrainingConfig(epochs=2, seed=3)))
    assert order != list(order_of(20, TrainingConfig(epochs=2, seed=4)))
