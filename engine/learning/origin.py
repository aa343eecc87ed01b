"""What an adapter was trained on, as far as it is still kept: the examples themselves, and counts of them."""

from collections.abc import Sequence

from engine.learning.curation.curate import kinds_of
from engine.learning.values import DatasetVersion, Example, Origin


def trained_on(dataset: DatasetVersion, examples: Sequence[Example]) -> list[Example]:
    """Of everything curated what `dataset` has for training, in the order given; what has expired is not there."""
    ids = frozenset(dataset.train)
    return [example for example in examples if example.id in ids]


def origin_of(adapter_id: str, dataset: DatasetVersion, examples: Sequence[Example]) -> Origin:
    """Counted over everything curated."""
    found = trained_on(dataset, examples)
    return Origin(
        adapter=adapter_id,
        dataset_sha256=dataset.sha256,
        trained=len(dataset.train),
        kept=len(found),
        kinds=kinds_of(found),
        conversations=len({example.thread_id for example in found if example.thread_id is not None}),
        imported=sum(example.turn_id is None for example in found),
        masked=sum(example.redactions for example in found),
    )
