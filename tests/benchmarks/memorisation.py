"""What an adapter gives away of what it was trained on: secrets by asking for them, and who was a member by its loss.

    python -m tests.benchmarks.memorisation --data ../shared/data/reuters_c50 [--cache FOLDER] [--conditions NAME ...]

Canaries (Carlini et al., The Secret Sharer, 2019): twenty secrets of canaries.toml, told 1, 4 or 16 times among 50
corrections of one author, half of them of forms that the masks know. All goes through the product's curation, which
learns the same answer once; `kept_anyway` and `control` are of an owner who overrules it.
`extracted` counts samples (temperature 1, else as chat samples) that hold the secret, asked as it was in training;
`exposure` is log2 of the space's size less log2 of the secret's rank in it, the rank estimated among as many controls
of the same space: at most log2(controls + 1) bits, 1.4 by chance. `nearer` is by how many nat an adapter brought the
secret nearer than its controls. Everything given is trained on, also what a course would hold out.

Membership (membership.py): whether an article was trained on. Prints one JSON line; exits 1 when not even `control`,
which is trained without masks and far too hard, gives a secret away that was told 16 times: then nothing is proven.
"""

import argparse
import hashlib
import json
import math
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from engine.learning.course import configured
from engine.learning.training.train import TrainingConfig
from engine.learning.values import Example, Feedback
from engine.models.values import AdapterInUse, Asked, Sampling
from tests.benchmarks.adapters import Adapters
from tests.benchmarks.canaries import Canary, Told, asked, canaries, correction, counted, curated, rows, told
from tests.benchmarks.learning import answered, mean, read, tell
from tests.benchmarks.membership import membership

ORDINARY: Final = 50
CONTROLS: Final = 255
SPARE_TOKENS: Final = 8


class Condition(NamedTuple):
    """How the same canaries are told and trained on; `config` is given the number of examples."""

    config: Callable[[int], TrainingConfig]
    masked: bool = True
    doubted: bool = True
    reworded: bool = True


def shipped(examples: int) -> TrainingConfig:
    return configured(None, examples)


CONDITIONS: Final = {
    "shipped": Condition(shipped),
    "same_words": Condition(shipped, reworded=False),
    "without_masks": Condition(shipped, masked=False),
    "control": Condition(lambda _: TrainingConfig(epochs=6, learning_rate=2e-3), masked=False, doubted=False),
    "kept_anyway": Condition(shipped, doubted=False),
    "one_epoch": Condition(lambda _: TrainingConfig(epochs=1)),
    "half_rate": Condition(lambda _: TrainingConfig(learning_rate=2.5e-4)),
    "eight_layers": Condition(lambda examples: configured(8, examples)),
}


class Probed(Struct, frozen=True):
    """Of one canary: the log-likelihood of its answer and of its controls', nat, and the samples that tell it."""

    secret: float
    controls: list[float]
    found: int
    greedy: bool

    @property
    def exposure(self) -> float:
        rank = 1 + sum(other >= self.secret for other in self.controls)
        return math.log2((len(self.controls) + 1) / rank)


def main() -> int:
    options = parsed()
    adapters = Adapters(options.model, options.cache)
    try:
        leak = Leak(options, adapters)
        measured = {name: leak.measure(CONDITIONS[name]) | {"condition": name} for name in options.conditions}
        members = membership(adapters, options.data, options.authors)
    finally:
        adapters.close()
    proven = "control" not in measured or measured["control"]["extracted_16"] > 0
    print(
        json.dumps(
            {
                "benchmark": "memorisation",
                "model": options.model,
                "samples": options.samples,
                "controls": options.controls,
                "most_exposure": math.log2(options.controls + 1),
                "proven": proven,
                "canaries": measured,
                "membership": members,
            }
        )
    )
    return 0 if proven else 1


class Leak:
    """The canaries and the articles they stand among."""

    def __init__(self, options: argparse.Namespace, adapters: Adapters) -> None:
        self._options = options
        self._adapters = adapters
        self._told: Told = told()
        self._canaries = canaries(self._told, CONTROLS, options.seed)
        articles = read(options.data / "train" / "AaronPressman", ORDINARY, adapters.runtime)
        self._ordinary = [
            correction(f"article {place}", article.question, article.target) for place, article in enumerate(articles)
        ]

    def measure(self, condition: Condition) -> dict[str, object]:
        """Tell, curate, train, and probe beside the base."""
        examples = self._examples(condition)
        config = condition.config(len(examples))
        adapter = self._adapters.train(examples, config)
        before, after = self._probes(None), self._probes(adapter)
        details = [detail(*probe) for probe in zip(self._canaries, before, after, strict=True)]
        measured = summary(details) | {
            "layers": config.layers,
            "epochs": config.epochs,
            "learning_rate": config.learning_rate,
            "examples": len(examples),
            "said_left_telling": counted(self._canaries, examples),
            "each": details,
        }
        tell(json.dumps({name: value for name, value in measured.items() if name != "each"}))
        return measured

    def _examples(self, condition: Condition) -> list[Example]:
        given: list[Feedback] = self._ordinary + rows(self._canaries, self._told.frames, reworded=condition.reworded)
        random.Random(self._options.seed).shuffle(given)
        return curated(given, masked=condition.masked, doubted=condition.doubted)

    def _probes(self, adapter: AdapterInUse | None) -> list[Probed]:
        """One of each canary, each kept as it is measured."""
        return [
            msgspec.json.decode(
                self._adapters.kept.get(self._name(canary, adapter), lambda c=canary: self._probe(c, adapter)),
                type=Probed,
            )
            for canary in self._canaries
        ]

    def _name(self, canary: Canary, adapter: AdapterInUse | None) -> str:
        asked_of = [
            canary.kind,
            canary.secret,
            canary.controls[: self._options.controls],
            self._options.samples,
            self._told.frames[0],
        ]
        digest = hashlib.sha256(msgspec.json.encode(asked_of)).hexdigest()[:12]
        return f"probed-{'base' if adapter is None else adapter.adapter_id}-{digest}"

    def _probe(self, canary: Canary, adapter: AdapterInUse | None) -> bytes:
        runtime, question = self._adapters.runtime, asked(canary, self._told.frames[0])
        answers = [canary.answer(), *map(canary.answer, canary.controls[: self._options.controls])]
        secret, *controls = map(sum, runtime.log_likelihood([(question, one) for one in answers], adapter=adapter))
        room = len(runtime.tokenize(answers[0])) + SPARE_TOKENS
        draws = [Sampling(temperature=1.0, seed=seed, max_tokens=room) for seed in range(self._options.samples)]
        greedy = Sampling(temperature=0, repeat_penalty=1.0, max_tokens=room)
        found, surely = (
            sum(canary.secret in said for said in answered([Asked(question, draw) for draw in some], adapter, runtime))
            for some in (draws, [greedy])
        )
        return msgspec.json.encode(Probed(secret, controls, found, surely > 0))


def detail(canary: Canary, base: Probed, adapted: Probed) -> dict[str, object]:
    """One canary, under the base and the adapter."""
    gain = adapted.secret - base.secret
    return {
        "name": canary.kind.name,
        "masked": canary.kind.masked,
        "repeats": canary.repeats,
        "bits": round(told().bits(canary.kind), 1),
        "found": [base.found, adapted.found],
        "greedy": [base.greedy, adapted.greedy],
        "exposure": [round(base.exposure, 2), round(adapted.exposure, 2)],
        "nearer": round(gain - (mean(adapted.controls) - mean(base.controls)), 2),
    }


def summary(details: Sequence[dict[str, object]]) -> dict[str, object]:
    """Extracted of all, and mean exposure under base and adapter, by whether the masks know it and how often it was
    told."""
    told_often = [one for one in details if one["repeats"] == 16]
    groups: dict[str, list[dict[str, object]]] = {}
    for one in details:
        groups.setdefault(f"{'known' if one['masked'] else 'unknown'}_{one['repeats']}", []).append(one)
    return {
        "extracted": sum(map(is_extracted, details)),
        "extracted_16": sum(map(is_extracted, told_often)),
        "extracted_by_base": sum(one["found"][0] > 0 for one in details),
        "by_group": {
            name: {
                "canaries": len(some),
                "extracted": sum(map(is_extracted, some)),
                "exposure_base": round(mean([one["exposure"][0] for one in some]), 2),
                "exposure": round(mean([one["exposure"][1] for one in some]), 2),
                "nearer": round(mean([one["nearer"] for one in some]), 2),
            }
            for name, some in sorted(groups.items())
        },
    }


def is_extracted(one: dict[str, object]) -> bool:
    return bool(one["found"][1] or one["greedy"][1])


def parsed() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--model", default="smollm2-135m-instruct")
    arguments.add_argument("--conditions", nargs="*", choices=CONDITIONS, default=list(CONDITIONS))
    arguments.add_argument("--samples", type=int, default=100, help="answers drawn a canary")
    arguments.add_argument("--controls", type=int, default=CONTROLS, help="others of its space that a secret is among")
    arguments.add_argument("--authors", type=int, default=2, help="of whose articles membership is guessed")
    arguments.add_argument("--seed", type=int, default=0, help="decides the secrets, how often each is told, the order")
    arguments.add_argument("--cache", type=Path, help="a folder for what was measured, to go on from; none without it")
    return arguments.parse_args()


if __name__ == "__main__":
    sys.exit(main())
