"""Domain bins: the owner's examples in groups by what their questions are about, and the bin a new question is of."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from engine.errors import InputRefused
from engine.learning.curation.said import asked
from engine.learning.domains.names import telling_words
from engine.learning.domains.rows import DomainRows, Placing
from engine.learning.gate.gate import CORRECTIONS_NEEDED
from engine.learning.statistics.clusters import centroid, clustered
from engine.learning.values import Adapter, Domain, Example, Nearest
from engine.library.embed import Embedder, Vectors
from engine.library.hidden_text import visible
from engine.words import say

NEAR: Final = 0.30
"""Cosine of a question to the centroid of its bin, all-MiniLM-L6-v2, measured by tests/benchmarks/domains.py.

Of questions beside 2 to 4 bins of 12 each 86 % find their own at it, 1.3 % another; 9 % of a subject without a bin find
any. At .20 it would be 94, 2.7 and 34 %, at .40 71, .5 and 2 %. What finds none has the adapter for all.
"""

LONGEST_NAME: Final = 60
_SLICE: Final = 32


class Domains:
    """`review` gives everything curated, `in_use` the adapters that answer. Thread-safe.

    An example that is new joins the nearest bin. All are grouped anew when half as many have come as there were; what
    the owner placed stays, and so does a bin that its owner named or that an adapter was trained for.
    """

    def __init__(
        self,
        rows: DomainRows,
        embedder: Embedder,
        review: Callable[[], list[Example]],
        in_use: Callable[[], list[Adapter]],
    ) -> None:
        self._rows = rows
        self._embedder = embedder
        self._review = review
        self._in_use = in_use
        self._lock = threading.Lock()

    def all(self) -> list[Domain]:
        """The bins with the examples as they stand, the largest first."""
        usable = self._settled()
        placings = self._rows.placings()
        counted = Counter(placings[one].domain for one in usable if one in placings)
        corrected = Counter(
            placings[one].domain for one, example in usable.items() if one in placings and example.kind != "thumb"
        )
        adapters, names = {adapter.domain_id: adapter.id for adapter in self._in_use()}, self.names()
        found = [
            Domain(
                id=one.id,
                name=names[one.id],
                named=one.named,
                examples=counted[one.id],
                corrections=corrected[one.id],
                needed=CORRECTIONS_NEEDED,
                adapter=adapters.get(one.id),
            )
            for one in self._rows.bins()
        ]
        return sorted(found, key=lambda domain: -domain.examples)

    def names(self) -> dict[str, str]:
        """What each bin is called, by id."""
        return {one.id: one.name or say("learning.domain_unnamed") for one in self._rows.bins()}

    def places(self) -> dict[str, str]:
        """The bin of each example, as ids."""
        return {example: placing.domain for example, placing in self._rows.placings().items()}

    def written(self) -> list[dict[str, object]]:
        """The bins in plain values, for the owner to take along: names, and the questions in each."""
        questions: dict[str, list[str]] = defaultdict(list)
        known = {example.id: asked(example.prompt) for example in self._review()}
        for example, domain_id in self.places().items():
            questions[domain_id].append(known.get(example, ""))
        return [{"name": one.name, "named": one.named, "questions": questions[one.id]} for one in self._rows.bins()]

    def find(self, name: str) -> Domain:
        """The bin of this id or name. Raises InputRefused("domain_absent")."""
        for domain in self.all():
            if domain.id == name or _folded(domain.name) == _folded(name):
                return domain
        raise InputRefused("domain_absent", domain=name)

    def rename(self, domain_id: str, name: str) -> Domain:
        """Raises InputRefused("domain_absent"), ("domain_unnamed"), ("domain_long") or ("domain_taken")."""
        name = self._accepted(name, but_of=self.find(domain_id).id)
        with self._lock, self._rows.database.write() as connection:
            self._rows.rename(connection, domain_id, name, named=True)
        return self.find(domain_id)

    def move(self, example_id: str, name: str) -> Domain:
        """Put an example into the bin of this id or name, where it then stays; into a new one where there is none.

        Raises InputRefused("example_absent"), or of the name what `rename` does.
        """
        usable = self._settled()
        if example_id not in usable and example_id not in self._rows.placings():
            raise InputRefused("example_absent", example=example_id)
        known = next((one for one in self.all() if one.id == name or _folded(one.name) == _folded(name)), None)
        fresh = "" if known is not None else self._accepted(name)
        with self._lock, self._rows.database.write() as connection:
            domain_id = self._rows.add(connection, fresh) if known is None else known.id
            self._rows.place(connection, example_id, domain_id, "owner")
            self._rows.sweep(connection)
        return self.find(domain_id)

    def nearest(self, question: str) -> Nearest | None:
        """The bin a question is of: none where there are none, or where all are far from it."""
        centroids = self._rows.centroids()
        if not centroids or not question.strip():
            return None
        [vector] = self._embedder.questions([question])
        domain_id, cosine = _nearest(vector, centroids)
        names = {one.id: one.name if one.named else "" for one in self._rows.bins()}
        return Nearest(domain_id, names[domain_id]) if cosine >= NEAR and domain_id in names else None

    def _settled(self) -> dict[str, Example]:
        """Everything that may be learned from, each in a bin. Nothing moves while nothing may be."""
        examples = self._review()
        usable = {example.id: example for example in examples if example.left_out is None}
        with self._lock:
            if usable:
                self._take_in(usable)
                if self._is_grown():
                    self._group()
                self._name(usable)
        return usable

    def _take_in(self, usable: Mapping[str, Example]) -> None:
        placings = self._rows.placings()
        gone = [one for one, placing in placings.items() if placing.vector is not None and one not in usable]
        missing = [one for one in usable if one not in placings or placings[one].vector is None]
        if not gone and not missing:
            return
        vectors = self._embedded([asked(usable[one].prompt) for one in missing])
        centroids = self._rows.centroids(placings.values())
        with self._rows.database.write() as connection:
            self._rows.drop_vectors(connection, gone)
            for example, vector in zip(missing, vectors, strict=True):
                if example not in placings:
                    if not centroids:
                        centroids[self._rows.add(connection)] = vector
                    self._rows.place(connection, example, _nearest(vector, centroids)[0], "joined")
            self._rows.keep_vectors(connection, dict(zip(missing, vectors, strict=True)))

    def _is_grown(self) -> bool:
        placed = Counter(placing.placed for placing in self._rows.placings().values() if placing.vector is not None)
        return 2 * placed["joined"] > placed["grouped"]

    def _group(self) -> None:
        """Cluster what the owner did not place; each cluster takes over the bin that it is most like."""
        placings = self._rows.placings()
        free = [one for one in placings.values() if one.vector is not None and one.placed != "owner"]
        labels = clustered(np.stack([one.vector for one in free if one.vector is not None]))
        clusters: dict[int, list[Placing]] = defaultdict(list)
        for one, label in zip(free, labels, strict=True):
            clusters[int(label)].append(one)
        kept = {one.id for one in self._rows.bins() if one.named} | self._rows.trained()
        bins = _matched(clusters, self._rows.centroids(placings.values()))
        stays = kept - set(bins.values())
        with self._rows.database.write() as connection:
            for label, members in clusters.items():
                domain_id = bins.get(label) or self._rows.add(connection)
                for one in members:
                    chosen = one.domain if one.domain in stays else domain_id
                    self._rows.place(connection, one.example, chosen, "grouped")
            self._rows.vacate(connection, {one.domain for one in free} - kept - set(bins.values()))
            self._rows.sweep(connection)

    def _name(self, usable: Mapping[str, Example]) -> None:
        """Make a name for each bin without one of its owner's: of its questions as they are now."""
        questions: dict[str, list[str]] = defaultdict(list)
        for example, domain_id in self.places().items():
            if example in usable:
                questions[domain_id].append(asked(usable[example].prompt))
        changed, taken = {}, {_folded(one.name) for one in self._rows.bins() if one.named}
        for one in self._rows.bins():
            if not one.named:
                others = [text for domain_id, texts in questions.items() if domain_id != one.id for text in texts]
                name = _free(", ".join(telling_words(questions[one.id], others)), taken)
                taken.add(_folded(name))
                if name != one.name:
                    changed[one.id] = name
        if changed:
            with self._rows.database.write() as connection:
                for domain_id, name in changed.items():
                    self._rows.rename(connection, domain_id, name, named=False)

    def _embedded(self, questions: Sequence[str]) -> list[Vectors]:
        slices = (questions[first : first + _SLICE] for first in range(0, len(questions), _SLICE))
        return [vector for those in slices for vector in self._embedder.questions(those)]

    def _accepted(self, name: str, *, but_of: str | None = None) -> str:
        name = " ".join(visible(name).split())
        if not name:
            raise InputRefused("domain_unnamed")
        if len(name) > LONGEST_NAME:
            raise InputRefused("domain_long", characters=len(name), limit=LONGEST_NAME)
        if any(_folded(one.name) == _folded(name) and one.id != but_of for one in self._rows.bins()):
            raise InputRefused("domain_taken", domain=name)
        return name


def _nearest(vector: Vectors, centroids: Mapping[str, Vectors]) -> tuple[str, float]:
    domain_id = max(centroids, key=lambda one: float(vector @ centroids[one]))
    return domain_id, float(vector @ centroids[domain_id])


def _matched(clusters: Mapping[int, Iterable[Placing]], bins: Mapping[str, Vectors]) -> dict[int, str]:
    """The bin each cluster takes over: the most alike first, and none that is no nearer than a stranger."""
    centres = {
        label: centroid(np.stack([one.vector for one in those if one.vector is not None]))
        for label, those in clusters.items()
    }
    pairs = [(float(centre @ bins[one]), label, one) for label, centre in centres.items() for one in bins]
    matched: dict[int, str] = {}
    for cosine, label, domain_id in sorted(pairs, reverse=True):
        if cosine >= NEAR and label not in matched and domain_id not in matched.values():
            matched[label] = domain_id
    return matched


def _free(name: str, taken: set[str]) -> str:
    """`name`, or the same with the first number that makes it another."""
    number, free = 2, name
    while free and _folded(free) in taken:
        number, free = number + 1, f"{name} {number}"
    return free


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
