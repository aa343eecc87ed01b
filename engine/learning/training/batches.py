"""Examples to batches: lessons of like length together, cut into pieces that fit a processor core.

What a batch holds never changes between epochs, only the order of batches does; so what the frozen layers give for a
piece is the same every time, and neither threads nor interruptions can change a result.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.learning.training.protocol import TrainingConfig, TrainingExample

if TYPE_CHECKING:
    import numpy as np

PIECE_TOKENS = 256  # padded tokens that one core works on at once


class Row(NamedTuple):
    """An answer as the model reads it: `tokens[first:]` are followed by the targets. `weight` is of its likelihood."""

    tokens: list[int]
    first: int
    targets: list[int]
    weight: float


class Lesson(NamedTuple):
    """One example. `signs` is empty, or each row's part in the margin that the owner's preference is about: two rows,
    the chosen and the rejected; or one, liked or not. `distilled` is empty, or one answer as it is read after the
    prompt, and after the prompt that shows what the owner wanted."""

    rows: list[Row]
    signs: list[int]
    distilled: list[Row] = []

    @property
    def length(self) -> int:
        return max(len(row.tokens) for row in self.rows)


class Piece(NamedTuple):
    """Rows of one batch padded to the longest: `tokens` (rows, length), and for each target token of all rows its
    `places` in the flattened tokens, the token to be predicted there, and its weight, of which a batch's sum is 1.

    `margins` (lessons with a preference, targets) says what each target adds to each margin, `paired` which of these
    are of pairs, `shares` what each counts in the batch.
    """

    tokens: "np.ndarray[Any, Any]"
    places: "np.ndarray[Any, Any]"
    targets: "np.ndarray[Any, Any]"
    weights: "np.ndarray[Any, Any]"
    margins: "np.ndarray[Any, Any]"
    paired: "np.ndarray[Any, Any]"
    shares: "np.ndarray[Any, Any]"

    @property
    def padded_tokens(self) -> int:
        return int(self.tokens.size)


class Reading(NamedTuple):
    """Rows padded to the longest: `tokens` (rows, length), and the `places` in the flattened tokens where the next one
    is predicted."""

    tokens: "np.ndarray[Any, Any]"
    places: "np.ndarray[Any, Any]"


class Anchor(NamedTuple):
    """A reading where the model is to predict as the base does, or as the base does at the same places of `shown`.
    `share` is what the mean over the places counts in the batch."""

    tokens: "np.ndarray[Any, Any]"
    places: "np.ndarray[Any, Any]"
    share: float
    shown: Reading | None = None

    @property
    def padded_tokens(self) -> int:
        return int(self.tokens.size)


class Batch(NamedTuple):
    """One step: its loss is the sum of its pieces'."""

    pieces: list[Piece | Anchor]

    @property
    def padded_tokens(self) -> int:
        return sum(piece.padded_tokens for piece in self.pieces)


def lessons_of(examples: Sequence[TrainingExample], config: TrainingConfig) -> tuple[list[Lesson], list[int]]:
    """The lessons to train on, and the places of examples that give none.

    A prompt too long loses its beginning. A target is never cut: an example whose target alone is longer than
    `config.max_tokens` gives no lesson, nor does one of less than two tokens, or without weight in the loss.
    """
    lessons, left_out = [], []
    for place, example in enumerate(examples):
        lesson = _lesson(example, config)
        if lesson is None:
            left_out.append(place)
        else:
            lessons.append(lesson._replace(distilled=_distilled(example, config)))
    return lessons, left_out


def batches_of(
    lessons: Sequence[Lesson],
    config: TrainingConfig,
    replayed: Sequence[TrainingExample] = (),
    piece_tokens: int = PIECE_TOKENS,
) -> list[Batch]:
    """All lessons once, the shortest together; equal ones in the order given. Each batch has its part of `replayed`."""
    ordered = sorted(lessons, key=lambda lesson: lesson.length)
    starts = range(0, len(ordered), config.batch)
    batches = [_batch(ordered[start : start + config.batch], config, piece_tokens) for start in starts]
    if not (replayed and config.replay_weight):
        return batches
    turns = itertools.cycle(replayed)
    count = min(config.replayed, len(replayed))
    for batch in batches:
        batch.pieces.append(anchor_of(list(itertools.islice(turns, count)), config))
    return batches


def piece_of(lessons: Sequence[Lesson], config: TrainingConfig) -> Piece:
    """Lessons by themselves, as if they were a whole batch."""
    return _piece(lessons, config, _weight(lessons), len(lessons))


def anchor_of(examples: Sequence[TrainingExample], config: TrainingConfig) -> Anchor:
    """Where each of the examples' targets is predicted. Longer ones than `config.max_tokens` lose their end."""
    import numpy as np

    rows = [(example.prompt + example.target)[: config.max_tokens] for example in examples]
    length = max(map(len, rows))
    places = [
        number * length + place
        for number, (example, row) in enumerate(zip(examples, rows, strict=True))
        for place in range(max(len(example.prompt), 1) - 1, len(row) - 1)
    ]
    tokens = [row + [0] * (length - len(row)) for row in rows]
    return Anchor(np.array(tokens, np.int32), np.array(places, np.int32), config.replay_weight)


def order_of(batches: int, config: TrainingConfig) -> Iterator[int]:
    """Which batch each step trains on: every epoch all of them, drawn from the seed."""
    import numpy as np

    for epoch in range(config.epochs):
        yield from (int(index) for index in np.random.default_rng([config.seed, epoch]).permutation(batches))


def _lesson(example: TrainingExample, config: TrainingConfig) -> Lesson | None:
    is_pair = config.pair_weight and example.liked is None and len(example.rejected) < config.max_tokens
    rejected = example.rejected if is_pair else []
    room = config.max_tokens - max(len(example.target), len(rejected))
    weight = 0.0 if example.liked is False else example.weight
    wanted = _row(example.prompt, example.target, room, weight)
    unwanted = _row(example.prompt, rejected, room, 0.0)
    if wanted is None or not example.weight > 0:
        return None
    if unwanted is not None:
        return Lesson([wanted, unwanted], [1, -1])
    if example.liked is not None and config.judged_weight:
        return Lesson([wanted], [1 if example.liked else -1])
    return Lesson([wanted], []) if weight else None


def _distilled(example: TrainingExample, config: TrainingConfig) -> list[Row]:
    """The draft, or else the target. The base may read twice as much, for it gets no gradient."""
    if not (config.distil_weight and example.prompt and example.shown):
        return []
    answer = (example.rejected or example.target)[: config.max_tokens - 1]
    rows = [
        _row(prompt, answer, most - len(answer), example.weight)
        for prompt, most in ((example.prompt, config.max_tokens), (example.shown, 2 * config.max_tokens))
    ]
    return [row for row in rows if row is not None]


def _row(prompt: list[int], target: list[int], room: int, weight: float) -> Row | None:
    """`room` is left for the prompt."""
    if not prompt:  # nothing precedes the first token, so nothing can predict it
        prompt, target = target[:1], target[1:]
    if not target or room < 1:
        return None
    prompt = prompt[-room:]
    return Row((prompt + target)[:-1], len(prompt) - 1, target, weight)


def _batch(lessons: Sequence[Lesson], config: TrainingConfig, piece_tokens: int) -> Batch:
    longest = max(len(lesson.rows) for lesson in lessons) * lessons[-1].length
    size = max(1, min((len(lessons) + 1) // 2, piece_tokens // longest))
    weight = _weight(lessons)
    some = [lessons[start : start + size] for start in range(0, len(lessons), size)]
    return Batch([*(_piece(part, config, weight, len(lessons)) for part in some), *_anchors(lessons, config)])


def _anchors(lessons: Sequence[Lesson], config: TrainingConfig) -> Iterator[Anchor]:
    """What is distilled of a batch, a row each: their shares make the weighted mean over all its tokens."""
    pairs = [lesson.distilled for lesson in lessons if lesson.distilled]
    whole = sum(len(own.targets) * own.weight for own, _ in pairs)
    for own, shown in pairs:
        share = config.distil_weight * len(own.targets) * own.weight / whole
        yield Anchor(*_reading(own), share, _reading(shown))


def _reading(row: Row) -> Reading:
    import numpy as np

    return Reading(np.array([row.tokens], np.int32), np.arange(row.first, len(row.tokens), dtype=np.int32))


def _weight(lessons: Sequence[Lesson]) -> float:
    return sum(len(row.targets) * row.weight for lesson in lessons for row in lesson.rows)


def _piece(lessons: Sequence[Lesson], config: TrainingConfig, weight: float, batch: int) -> Piece:
    """`weight` and `batch` are what the whole batch's likelihood and preferences are divided by."""
    import numpy as np

    length = max(lesson.length for lesson in lessons)
    tokens: list[list[int]] = []
    places: list[int] = []
    targets: list[int] = []
    weights: list[float] = []
    owners: list[tuple[int, int]] = []  # the lesson of each target, and its sign there
    for number, lesson in enumerate(lessons):
        for row, sign in zip(lesson.rows, lesson.signs or [0], strict=True):
            start = len(tokens) * length
            places += range(start + row.first, start + len(row.tokens))
            tokens.append(row.tokens + [0] * (length - len(row.tokens)))
            targets += row.targets
            weights += [row.weight / weight if weight else 0.0] * len(row.targets)
            owners += [(number, sign)] * len(row.targets)
    judged = [number for number, lesson in enumerate(lessons) if lesson.signs]
    paired = [len(lessons[number].rows) > 1 for number in judged]
    return Piece(
        np.array(tokens, np.int32),
        np.array(places, np.int32),
        np.array(targets, np.int32),
        np.array(weights, np.float32),
        np.array([[sign * (owner == number) for owner, sign in owners] for number in judged], np.float32),
        np.array(paired, np.bool_),
        np.array([(config.pair_weight if pair else config.judged_weight) / batch for pair in paired], np.float32),
    )
