"""Texts that say the same: clusters of exact and near-duplicates, found by MinHash and checked by Jaccard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from janib.text.cleaning import PRESETS, compose

SHINGLE = 5
THRESHOLD = 0.7
_PERMUTATIONS = 64


def make_shingles(text: str) -> frozenset[str]:
    """Return the character 5-grams of a text after the cleaning that makes copies alike; a shorter text is its own."""
    clean = compose(PRESETS["duplicates"])(text) or text
    return frozenset(clean[start : start + SHINGLE] for start in range(max(1, len(clean) - SHINGLE + 1)))


def find_pairs(texts: Sequence[str], threshold: float = THRESHOLD) -> list[tuple[int, int, float]]:
    """Return pairs (i, j, Jaccard) with i < j of texts whose shingles overlap by at least ``threshold``.

    MinHash with banding (Broder 1997; Leskovec et al., Mining of Massive Datasets, chapter 3) proposes, the exact
    Jaccard decides, so a pair that is returned is right; one just above the threshold may be missed.
    """
    shingles = [make_shingles(text) for text in texts]
    index = MinHashLSH(threshold=threshold, num_perm=_PERMUTATIONS)
    pairs: list[tuple[int, int, float]] = []
    first_with: dict[frozenset[str], int] = {}
    for row, grams in enumerate(shingles):
        if grams in first_with:  # one representative stands for all exact copies: boilerplate would be quadratic
            pairs.append((first_with[grams], row, 1.0))
            continue
        first_with[grams] = row
        sketch = MinHash(num_perm=_PERMUTATIONS)
        sketch.update_batch([gram.encode() for gram in grams])
        for other in sorted(index.query(sketch)):
            overlap = len(grams & shingles[other]) / len(grams | shingles[other])
            if overlap >= threshold:
                pairs.append((other, row, overlap))
        index.insert(row, sketch)
    return pairs


def cluster_texts(texts: Sequence[str], threshold: float = THRESHOLD) -> NDArray[np.intp]:
    """Return a cluster number for each text, shape (n_texts,); duplicates of duplicates share one."""
    pairs = find_pairs(texts, threshold)
    return join_clusters(len(texts), [(left, right) for left, right, _ in pairs])


def join_clusters(count: int, links: Sequence[tuple[int, int]]) -> NDArray[np.intp]:
    """Return connected-component numbers, shape (count,), of rows that are linked in pairs."""
    if not links:
        return np.arange(count)
    left, right = np.array(links).T
    graph = coo_array((np.ones(len(left)), (left, right)), shape=(count, count))
    clusters: NDArray[np.intp] = connected_components(graph, directed=False)[1].astype(np.intp)
    return clusters
