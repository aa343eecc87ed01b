"""Chooses how to train by trying, where the owner allows the time: short trainings, halved by what each gains.

Successive halving (arXiv 1502.07943): four ways are tried on every second example, the better two on all of them. They
are told apart by a tuning part of the examples to train on, in whole conversations like the gate's own, which is never
looked at here. Of ways that this part cannot tell apart the one is taken that stays nearest to the base.
"""

import hashlib
import math
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from engine.learning.records.dataset import split
from engine.learning.training.train import General, Trained, TrainingConfig, TrainingExample
from engine.learning.values import Example, TrainingProgress
from engine.progress import Control
from engine.store.database import Database

TUNING_FLOOR: Final = 6
"""Fewer examples in the tuning part tell nothing apart: then the table by size decides (see course)."""

_KEPT: Final = 2  # of the ways, for the second round
_TOLD: Final = 0.1  # of all steps must be done before the time they take is told


class Tried(Struct, frozen=True, kw_only=True):
    """One short training: how, on how many examples, and what it came to. `losses` are mean nat a target token of each
    tuning example; `divergence` is KL(base ‖ adapted) as in Trained."""

    config: TrainingConfig
    examples: int
    losses: list[float]
    divergence: float

    @property
    def loss(self) -> float:
        return sum(self.losses) / len(self.losses)


class Searched(Struct, frozen=True):
    """The way to train that was chosen, and all that were tried for it, in order."""

    config: TrainingConfig
    tried: list[Tried]


class Try(Protocol):
    """A training from its start to its end, without checkpoints."""

    def __call__(
        self,
        examples: Sequence[TrainingExample],
        config: TrainingConfig,
        *,
        general: General,
        tuning: Sequence[TrainingExample],
        report: Callable[[TrainingProgress], None],
        control: Control,
    ) -> Trained: ...


class Search:
    """`render` makes tokens of an example. What was tried is kept, so a search that was cut short goes on; it says how
    likely the owner's words became, so it goes whenever anything is forgotten."""

    def __init__(
        self,
        database: Database,
        render: Callable[[Example, TrainingConfig], TrainingExample],
        attempt: Try,
        base: Callable[[], str],
    ) -> None:
        self._database = database
        self._render = render
        self._attempt = attempt
        self._base = base

    def best(
        self,
        examples: Sequence[Example],
        config: TrainingConfig,
        general: General,
        *,
        report: Callable[[TrainingProgress], None],
        control: Control,
    ) -> Searched | None:
        """How to train on `examples`, beginning from `config`; None where they are too few to tell. Raises Interrupted
        or what training does."""
        parts = split(examples)
        if len(parts.held_out) < TUNING_FLOOR:
            return None
        whole = [self._render(example, config) for example in parts.train]
        tuning = [self._render(example, config) for example in parts.held_out]
        half, ways = whole[::2], candidates(config)
        pace = _Pace([_steps(half, way) for way in ways], [_steps(whole, way) for way in ways], report)

        def tried(rows: Sequence[TrainingExample], way: TrainingConfig) -> Tried:
            name = self._name([self._base(), rows, tuning, general, way])
            known = self._known(name)
            if known is None:
                done = self._attempt(rows, way, general=general, tuning=tuning, report=pace.hear, control=control)
                divergence = done.divergences[-1] if done.divergences else 0.0
                known = Tried(config=way, examples=len(rows), losses=done.tuning_losses, divergence=divergence)
                self._keep(name, known)
            pace.ended(_steps(rows, way))
            return known

        first = [tried(half, way) for way in ways]
        better = sorted(first, key=lambda one: one.loss)[:_KEPT]
        pace.second([_steps(whole, one.config) for one in better])
        last = [tried(whole, one.config) for one in better]
        return Searched(chosen(last).config, [*first, *last])

    def _name(self, of: object) -> str:
        return hashlib.sha256(msgspec.msgpack.encode(of)).hexdigest()

    def _known(self, name: str) -> Tried | None:
        row = self._database.one("SELECT outcome FROM tried WHERE name = ?", name)
        return None if row is None else msgspec.json.decode(row[0], type=Tried)

    def _keep(self, name: str, tried: Tried) -> None:
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO tried VALUES (?, ?)", (name, msgspec.json.encode(tried).decode())
            )


def candidates(config: TrainingConfig) -> list[TrainingConfig]:
    """What is tried: as many passes as the table says, half of them, twice as many, and these held nearer to the
    base."""
    twice = replace(config, epochs=2 * config.epochs)
    return [config, replace(config, epochs=max(1, config.epochs // 2)), twice, replace(twice, replay_weight=3.0)]


def chosen(tried: Sequence[Tried]) -> Tried:
    """Of those within one standard error of the best, paired by example, the one that diverges least (Breiman et al.,
    Classification and Regression Trees, 1984, for the rule)."""
    best = min(tried, key=lambda one: one.loss)
    return min((one for one in tried if _is_as_good(one, best)), key=lambda one: one.divergence)


def _is_as_good(one: Tried, best: Tried) -> bool:
    worse = [loss - least for loss, least in zip(one.losses, best.losses, strict=True)]
    mean = sum(worse) / len(worse)
    spread = sum((each - mean) ** 2 for each in worse) / (len(worse) - 1)
    return mean <= math.sqrt(spread / len(worse))


def _steps(examples: Sequence[TrainingExample], config: TrainingConfig) -> int:
    return config.epochs * -(-len(examples) // config.batch)


class _Pace:
    """Tells how far a search is, in steps of all its trainings; the second round's are the longest until it is known
    which they are."""

    def __init__(self, first: Sequence[int], second: Sequence[int], report: Callable[[TrainingProgress], None]) -> None:
        self._report = report
        self._first = sum(first)
        self._steps = self._first + sum(sorted(second)[-_KEPT:])
        self._before = 0
        self._began = time.monotonic()

    def second(self, steps: Sequence[int]) -> None:
        self._steps = self._first + sum(steps)

    def hear(self, progress: TrainingProgress) -> None:
        if progress.phase == "training":
            self._tell(self._before + progress.step, progress)

    def ended(self, steps: int) -> None:
        self._before += steps

    def _tell(self, step: int, progress: TrainingProgress) -> None:
        took = time.monotonic() - self._began
        eta = took / step * (self._steps - step) if step >= self._steps * _TOLD else None
        self._report(replace(progress, phase="searching", step=step, steps=self._steps, loss=None, eta_s=eta))
