"""Is an example fit to learn from? Judged by its own words alone; its owner has the last word.

A language model as judge was tried and has no say: asked in three ways, the default one tells 20 harmful texts from 20
that only sound so with an area under the curve of .61, .62 and .40, which is guessing (benchmarks/quality_filters).
"""

import functools
import re
import tomllib

from engine.learning.curation.language import is_foreign
from engine.learning.curation.poison import is_poisoned
from engine.learning.values import Example
from engine.paths import RESOURCES


def unfit(example: Example) -> str | None:
    """Why an example by itself is doubtful: the first reason that holds."""
    reasons = {"left_out_unfit": is_harmful, "left_out_poisoned": is_poisoned, "left_out_language": is_foreign}
    return next((reason for reason, holds in reasons.items() if holds(example)), None)


def is_harmful(example: Example) -> bool:
    """Whether the answer threatens, incites to harm, or slurs."""
    return _harmful().search(example.target) is not None


@functools.cache
def _harmful() -> re.Pattern[str]:
    lists = tomllib.loads((RESOURCES / "reference" / "unfit.toml").read_text(encoding="utf-8"))
    return re.compile(rf"\b(?:{'|'.join(pattern for name in lists for pattern in lists[name])})\b", re.IGNORECASE)
