"""Can an article's loss tell whether an adapter was trained on it? For the benchmark memorisation.

An author's articles of both halves of Reuters 50/50 are drawn apart at random: half are trained on, half are not, so
that nothing but the training tells them apart. `loss` guesses from the loss under the adapter, `reference` from how far
it is below the base model's (the reference attack), `base` from the base model's alone, which can know nothing: there
.5 must lie in the interval. Areas under the curve, .5 is guessing; intervals resample articles, 95 %.
"""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from engine.learning.course import configured
from engine.learning.values import Example
from engine.models.values import AdapterInUse
from tests.benchmarks.adapters import Adapters
from tests.benchmarks.canaries import correction, curated
from tests.benchmarks.learning import mean, read, tell

EACH: Final = 50
LAYERS: Final = (16, 8)
RESAMPLES: Final = 2_000
FALSE_ALARMS: Final = 0.05

Losses = tuple[list[float], list[float]]
"""Of those trained on, and of the others."""


def membership(adapters: Adapters, data: Path, authors: int) -> dict[str, object]:
    """By number of adapted layers, how well each attack guesses over the authors together and one by one."""
    names = sorted(path.name for path in (data / "train").iterdir())[:authors]
    by_layers = {}
    for layers in LAYERS if names else ():
        attacked = [attacks(adapters, data, name, layers) for name in names]
        by_layers[f"layers_{layers}"] = {kind: told([one[kind] for one in attacked]) for kind in attacked[0]}
        tell(f"layers_{layers}: {by_layers[f'layers_{layers}']}")
    return by_layers


def attacks(adapters: Adapters, data: Path, author: str, layers: int) -> Mapping[str, Losses]:
    """What each attack sees of one author's articles; the lower, the more a member."""
    members, others = parted(adapters, data, author)
    config = configured(layers, len(members))
    adapter = adapters.train(members, config)
    before = losses(adapters, members, None), losses(adapters, others, None)
    after = losses(adapters, members, adapter), losses(adapters, others, adapter)
    below = tuple([one - less for one, less in zip(*pair, strict=True)] for pair in zip(after, before, strict=True))
    return {"base": before, "loss": after, "reference": (below[0], below[1])}


def parted(adapters: Adapters, data: Path, author: str) -> tuple[list[Example], list[Example]]:
    """As many of an author's articles to train on as to leave, at random."""
    articles = [one for half in ("train", "test") for one in read(data / half / author, EACH, adapters.runtime)]
    given = [correction(f"{author} {place}", one.question, one.target) for place, one in enumerate(articles)]
    examples = curated(given, masked=True)
    random.Random(author).shuffle(examples)
    half = len(examples) // 2
    return examples[:half], examples[half : 2 * half]


def losses(adapters: Adapters, examples: Sequence[Example], adapter: AdapterInUse | None) -> list[float]:
    """Mean nat a target token of each; kept, for each author's texts are the same every time."""

    def measure() -> bytes:
        pairs = [(one.prompt, one.target) for one in examples]
        raw = adapters.runtime.log_likelihood(pairs, adapter=adapter)
        return msgspec.json.encode([-mean(scores) for scores in raw])

    name = f"losses-{'base' if adapter is None else adapter.adapter_id}-{examples[0].id.replace(' ', '-')}"
    return msgspec.json.decode(adapters.kept.get(name, measure), type=list[float])


def told(people: Sequence[Losses]) -> dict[str, object]:
    """Area under the curve, mean of the people's, its interval, and the share of members found where a twentieth of
    the others would be taken for members."""
    draw = np.random.default_rng(0)
    resampled = [
        mean([area(draw.choice(members, len(members)), draw.choice(others, len(others))) for members, others in people])
        for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(resampled, [2.5, 97.5])
    areas = [area(np.array(members), np.array(others)) for members, others in people]
    found = [float(np.mean(np.array(one) < np.quantile(others, FALSE_ALARMS))) for one, others in people]
    return {
        "auc": round(mean(areas), 3),
        "interval": [round(float(low), 3), round(float(high), 3)],
        "people": [round(one, 3) for one in areas],
        "found_at_5_percent": round(mean(found), 3),
        "articles": [[len(members), len(others)] for members, others in people],
    }


def area(members: np.ndarray, others: np.ndarray) -> float:
    """The share of pairs in which the member's is lower; a tie is half."""
    apart = members[:, None] - others[None, :]
    return float(np.mean((apart < 0) + (apart == 0) / 2))
