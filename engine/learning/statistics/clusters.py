"""Unit vectors in clusters, and whether they fall into clusters at all: spherical k-means, its k by silhouette."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.library.embed import Vectors

MOST: Final = 6
FEWEST: Final = 8
"""Vectors a cluster needs to stand by itself."""

CLEAR: Final = 0.10
APART: Final = 0.30
"""A split is clear at this silhouette or more, and where no two centroids have a higher cosine than this.

all-MiniLM-L6-v2, measured by tests/benchmarks/domains.py on the second half of its sources (both were looked at when
these numbers were chosen, which flatters). 10 to 40 questions of one source stay one in 99 of 100 cases; two sources
are told apart in 85, of three and four all in 58 and 43: it errs to fewer. With clusters of 5 it splits 5 % of the
single sources, and a question put five times would be a subject. Silhouette alone cannot tell: the articles of one
author part by their stories at .2 to .35, two unlike subjects at .2.
"""

_STARTS: Final = 8
_ROUNDS: Final = 50

Labels = NDArray[np.intp]


def clustered(vectors: Vectors, *, seed: int = 0) -> Labels:
    """The cluster of each row of `vectors` (count, dimension), numbered from 0: all of one, unless a split is clear.

    The same rows and seed give the same clusters.
    """
    best, found = CLEAR, np.zeros(len(vectors), np.intp)
    for k in range(2, min(MOST, len(vectors) // FEWEST) + 1):
        labels = k_means(vectors, k, np.random.default_rng([seed, k]))
        score = silhouette(vectors, labels)
        if score >= best and _stands(vectors, labels, k):
            best, found = score, labels
    return found


def silhouette(vectors: Vectors, labels: Labels) -> float:
    """The mean over rows of (b - a) / max(a, b): a is a row's mean cosine distance to its own cluster, b the least to
    another (Rousseeuw, 1987). A row alone in its cluster counts 0."""
    member = labels[:, None] == np.unique(labels)
    sizes = member.sum(axis=0)
    sums = (1 - vectors @ vectors.T) @ member.astype(vectors.dtype)
    own_size = member @ sizes
    own = sums[member] / np.maximum(own_size - 1, 1)
    other = np.where(member, np.inf, sums / sizes).min(axis=1)
    widths = (other - own) / np.maximum(np.maximum(own, other), 1e-9)
    return float(np.where(own_size > 1, widths, 0).mean())


def k_means(vectors: Vectors, k: int, draw: np.random.Generator) -> Labels:
    """The best of several starts, by the sum of cosines to the centroids (Dhillon and Modha, 2001)."""
    tries = [_settled(vectors, _start(vectors, k, draw)) for _ in range(_STARTS)]
    return max(tries, key=lambda found: found[0])[1]


def centroid(vectors: Vectors) -> Vectors:
    """The mean direction of unit vectors, of length 1."""
    total = vectors.sum(axis=0)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), np.float32)


def _stands(vectors: Vectors, labels: Labels, k: int) -> bool:
    """Whether no cluster is too small, and none too near another."""
    if np.bincount(labels, minlength=k).min() < FEWEST:
        return False
    centroids = np.stack([centroid(vectors[labels == number]) for number in range(k)])
    return bool((centroids @ centroids.T)[np.triu_indices(k, 1)].max() <= APART)


def _settled(vectors: Vectors, centroids: Vectors) -> tuple[float, Labels]:
    labels = (vectors @ centroids.T).argmax(axis=1)
    for _ in range(_ROUNDS):
        for number in np.unique(labels):
            centroids[number] = centroid(vectors[labels == number])
        nearest = (vectors @ centroids.T).argmax(axis=1)
        if np.array_equal(nearest, labels):
            break
        labels = nearest
    return float((vectors @ centroids.T).max(axis=1).sum()), labels


def _start(vectors: Vectors, k: int, draw: np.random.Generator) -> Vectors:
    """k rows drawn far from each other (k-means++, Arthur and Vassilvitskii, 2007)."""
    chosen = [int(draw.integers(len(vectors)))]
    while len(chosen) < k:
        far = np.maximum(1 - (vectors @ vectors[chosen].T).max(axis=1), 0).astype(np.float64) ** 2
        odds = far / far.sum() if far.sum() > 0 else None
        chosen.append(int(draw.choice(len(vectors), p=odds)))
    return vectors[chosen].copy()
