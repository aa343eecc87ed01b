"""Examples become rows, batches and pieces without a target token lost, moved or counted twice."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from engine.learning.training_batches import batches_of, order_of, rows_of
from engine.learning.training_protocol import TrainingConfig, TrainingExample

tokens = st.lists(st.integers(1, 99), max_size=30)
examples = st.lists(st.builds(TrainingExample, tokens, tokens, st.sampled_from([0.25, 1.0, 2.0])), max_size=20)


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
    rows, _ = rows_of(given_examples, 100)
    expected = Counter()
    for example in given_examples:
        whole = example.prompt + example.target
        first = max(len(example.prompt), 1)
        expected.update((tuple(whole[: end + 1]), example.weight) for end in range(first, len(whole)))

    assert Counter(predicted(batches_of(rows, size, piece_tokens))) == expected


@given(examples, st.integers(1, 5))
def test_a_batch_counts_what_its_pieces_hold(given_examples, size):
    rows, _ = rows_of(given_examples, 100)

    for batch in batches_of(rows, size):
        assert batch.weight == sum(float(piece.weights.sum()) for piece in batch.pieces)
        assert len(batch.pieces) >= min(2, sum(len(piece.tokens) for piece in batch.pieces))


def test_a_long_prompt_loses_its_beginning():
    rows, left_out = rows_of([TrainingExample([1, 2, 3, 4, 5], [6, 7])], max_tokens=4)

    assert rows[0].tokens == [4, 5, 6]
    assert rows[0].targets == [6, 7]
    assert not left_out


def test_a_target_is_never_cut():
    fits, too_long = TrainingExample([1, 2], [3, 4, 5]), TrainingExample([1, 2], [3, 4, 5, 6])

    rows, left_out = rows_of([too_long, fits, TrainingExample([1], []), TrainingExample([1], [2], 0.0)], max_tokens=4)

    assert [row.targets for row in rows] == [[3, 4, 5]]
    assert left_out == [0, 2, 3]


def test_rows_of_like_length_share_a_batch():
    rows, _ = rows_of([TrainingExample([1] * length, [2]) for length in (9, 1, 8, 2)], 100)

    assert [batch.padded_tokens for batch in batches_of(rows, 2)] == [1 + 2, 8 + 9]


def test_every_epoch_takes_every_batch_in_an_order_of_its_own():
    order = list(order_of(20, TrainingConfig(epochs=2, seed=3)))

    assert sorted(order[:20]) == sorted(order[20:]) == list(range(20))
    assert order[:20] != order[20:]
    assert order == list(order_of(20, TrainingConfig(epochs=2, seed=3)))
    assert order != list(order_of(20, TrainingConfig(epochs=2, seed=4)))
