"""The training loss of several heads on one encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from janib.models.label_ids import MISSING
from janib.models.linear import balance_labels, index_groups
from janib.scoring.metrics import Ids


@dataclass(frozen=True)
class MultitaskLoss:
    """Weighted cross-entropy summed over tasks; a row without a label of a task does not count in the task's loss.

    Attributes
    ----------
    gold
        Each task's label ids of all training rows, shape (n_rows,), in the order of the heads.
    row_weights
        Each task's weights of these rows, shape (n_rows,), 0 for a row without a label.
    n_labels
        Each task's number of labels.
    task_weights
        Each task's weight in the sum; 1 for a task that is not named.
    label_smoothing
        Probability mass that is divided among all labels.
    """

    gold: Mapping[str, Tensor]
    row_weights: Mapping[str, Tensor]
    n_labels: Mapping[str, int]
    task_weights: Mapping[str, float]
    label_smoothing: float

    def __call__(self, logits: Tensor, rows: list[int], batch: list[int]) -> Tensor:
        """Return the loss of some rows of a batch, as a share of the mean over the whole batch.

        Parameters
        ----------
        logits
            The rows' outputs, shape (n, n_outputs).
        rows
            Indices of the rows.
        batch
            Indices of the whole batch, whose weights divide the sum.
        """
        total = logits.new_zeros(())
        parts = torch.split(logits, list(self.n_labels.values()), dim=-1)
        for (task, all_gold), part in zip(self.gold.items(), parts, strict=True):
            gold, weights = all_gold[rows], self.row_weights[task]
            if (gold != MISSING).any():
                losses = functional.cross_entropy(
                    part, gold, ignore_index=MISSING, reduction="none", label_smoothing=self.label_smoothing
                )
                share = (losses * weights[rows]).sum() / weights[batch].sum()
                total = total + self.task_weights.get(task, 1.0) * share
        return total


def weigh_rows(gold: Ids, groups: Sequence[str] | None, power: float) -> Tensor:
    """Return the weights of rows in the loss, shape (n_rows,), 0 for a row without a label.

    Parameters
    ----------
    gold
        Label ids, shape (n_rows,).
    groups
        Each row's group, within which all labels get the same total weight; None weights all rows alike.
    power
        Exponent of the weights: 0.5 goes half the way.
    """
    known = np.flatnonzero(gold != MISSING)
    weights = np.zeros(len(gold), np.float32)
    weights[known] = 1
    if groups is not None:
        rows_by_group = index_groups([groups[index] for index in known.tolist()])
        weights[known] = balance_labels(gold[known], rows_by_group.values()) ** power
    return torch.from_numpy(weights)
