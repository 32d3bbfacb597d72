"""Duplicate texts: exact copies by hash, near copies by MinHash and a check of their Jaccard overlap.

Time and memory grow linearly with the number of texts (``experiments/benchmarks/audit.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from datasketch import MinHash
from datasketch.hashfunc import sha1_hash32
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from janib.schema import Example
from janib.text.cleaning import PRESETS, compose

SHINGLE = 5
THRESHOLD = 0.7
FOLD_BANDS = (8, 8)
"""Bands, and rows in each, for folds: 0.38 of the pairs at the threshold are found, 0.99 at an overlap of 0.9.

The folds of committed results depend on it.
"""
AUDIT_BANDS = (25, 5)
"""Bands, and rows in each, for audits and leaks: 0.99 of the pairs at the threshold are found."""

_CROWD = 100
_BATCH = 10_000
_SLACK = 0.25  # four standard errors of a Jaccard that 64 permutations estimate
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying loses nothing

Pairs = list[tuple[int, int, float]]


def normalise_text(text: str) -> str:
    """Return a text in the spelling that copies share; a text that would become empty is returned as it is."""
    return _get_cleaning()(text) or text


def make_shingles(clean: str) -> frozenset[str]:
    """Return the character 5-grams of a normalised text; a shorter text is one shingle."""
    return frozenset(clean[start : start + SHINGLE] for start in range(max(1, len(clean) - SHINGLE + 1)))


def find_pairs(texts: Sequence[str], threshold: float = THRESHOLD, bands: tuple[int, int] = AUDIT_BANDS) -> Pairs:
    """Return pairs (i, j, Jaccard) with i < j of texts whose shingles overlap by at least ``threshold``, by j and i.

    A text that is equal to earlier ones after normalisation makes one pair, with the first of them. Only the first is
    compared with further texts.

    MinHash with banding (Broder 1997; Leskovec et al., Mining of Massive Datasets, chapter 3) proposes pairs, and the
    exact Jaccard overlap decides. So every pair returned is right, but one just above the threshold may be missed.
    Where more than 100 texts are alike, each is compared with the 100 before it.
    """
    clean = [normalise_text(text) for text in texts]
    first_with: dict[str, int] = {}
    pairs: Pairs = []
    for row, text in enumerate(clean):
        if first_with.setdefault(text, row) != row:
            pairs.append((first_with[text], row, 1.0))
    row_of = list(first_with.values())
    near = find_near(list(first_with), threshold, bands)
    pairs += [(row_of[left], row_of[right], overlap) for left, right, overlap in near]
    return sorted(pairs, key=lambda pair: (pair[1], pair[0]))


def find_near(clean: Sequence[str], threshold: float = THRESHOLD, bands: tuple[int, int] = AUDIT_BANDS) -> Pairs:
    """Return the pairs of :func:`find_pairs` among normalised texts, all different."""
    sketches = _sketch(clean, bands[0] * bands[1])
    shingles = cache(lambda row: make_shingles(clean[row]))
    pairs: Pairs = []
    for left, right in _propose(sketches, threshold, bands):
        common = len(shingles(left) & shingles(right))
        overlap = common / (len(shingles(left)) + len(shingles(right)) - common)
        if overlap >= threshold:
            pairs.append((left, right, overlap))
    return pairs


def find_leaks(train: Sequence[Example], test: Sequence[Example], threshold: float = THRESHOLD) -> list[int]:
    """Return the places, in order, of the training rows whose text is in ``test``, as a copy or a near copy."""
    if not train or not test:  # nothing to compare
        return []
    pairs = find_pairs([row.text for row in (*test, *train)], threshold)
    leaks: set[int] = set()
    for left, right, overlap in pairs:  # sorted by the right one, so it is known whether the left one leaks
        if right >= len(test) and (left < len(test) or (overlap == 1 and left in leaks)):
            leaks.add(right)
    return sorted(place - len(test) for place in leaks)


def cluster_texts(texts: Sequence[str], threshold: float = THRESHOLD) -> NDArray[np.intp]:
    """Return a cluster number for each text, shape (n_texts,); duplicates of duplicates share one."""
    pairs = find_pairs(texts, threshold, FOLD_BANDS)
    return join_clusters(len(texts), [(left, right) for left, right, _ in pairs])


def join_clusters(count: int, links: Sequence[tuple[int, int]]) -> NDArray[np.intp]:
    """Return the number of each row's connected component, shape (count,)."""
    if not links:
        return np.arange(count)
    left, right = np.array(links).T
    graph = coo_array((np.ones(len(left)), (left, right)), shape=(count, count))
    clusters: NDArray[np.intp] = connected_components(graph, directed=False)[1].astype(np.intp)
    return clusters


_get_cleaning = cache(lambda: compose(PRESETS["duplicates"]))


def _sketch(clean: Sequence[str], width: int) -> NDArray[np.uint32]:
    """Return the MinHash values of the texts' shingles, shape (n_texts, width)."""
    sketches = np.empty((len(clean), width), np.uint32)
    empty = MinHash(width, hashfunc=int)
    for start in range(0, len(clean), _BATCH):
        for place, hashes in enumerate(_hash_shingles(clean[start : start + _BATCH]), start):
            sketch = empty.copy()
            sketch.update_batch(hashes)
            sketches[place] = sketch.hashvalues
    return sketches


def _hash_shingles(clean: Sequence[str]) -> Iterator[list[int]]:
    """Yield the hashes of each text's shingles; a shingle of many texts is hashed once."""
    padded = [text.ljust(SHINGLE, "\0") for text in clean]
    together = "".join(padded)
    letters = np.frombuffer(together.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    starts = len(letters) - SHINGLE + 1
    codes = np.zeros(max(0, starts), np.uint64)
    for offset in range(SHINGLE):
        codes = codes * _FACTOR + letters[offset : offset + starts]
    _, places, numbers = np.unique(codes, return_index=True, return_inverse=True)
    grams = (together[place : place + SHINGLE].rstrip("\0") for place in places.tolist())
    hashes = np.fromiter((sha1_hash32(gram.encode("utf-8", "surrogatepass")) for gram in grams), np.uint32)[numbers]
    end = 0
    for text in padded:
        start, end = end, end + len(text)
        yield hashes[start : end - SHINGLE + 1].tolist()


def _propose(sketches: NDArray[np.uint32], threshold: float, bands: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the pairs that share a band and whose sketches are near enough, each once, the earlier text first."""
    count = len(sketches)
    found = [np.empty(0, np.int64)]
    for band in np.split(sketches, bands[0], axis=1):
        keys = np.zeros(count, np.uint64)
        for column in band.T:
            keys = (keys ^ column) * _FACTOR
        order = np.argsort(keys, kind="stable")  # texts of one key become neighbours and keep their order
        keys = keys[order]
        left = np.arange(count)
        for lag in range(1, _CROWD + 1):
            left = left[left < count - lag]
            left = left[keys[left] == keys[left + lag]]
            if not len(left):
                break
            found.append(order[left] * count + order[left + lag])
    lefts, rights = np.divmod(np.unique(np.concatenate(found)), max(1, count))
    pairs: list[tuple[int, int]] = []
    for start in range(0, len(lefts), _BATCH):
        left, right = lefts[start : start + _BATCH], rights[start : start + _BATCH]
        near = (sketches[left] == sketches[right]).mean(axis=1) >= threshold - _SLACK
        pairs += zip(left[near].tolist(), right[near].tolist(), strict=True)
    return pairs
