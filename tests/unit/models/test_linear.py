"""Linear classifiers compared with the formulas of their papers."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from janib.models.linear import check_classifier, fit_linear


def test_nbsvm_scales_by_ratios_of_counts_and_not_of_values():
    # Wang and Manning 2012, equation 1, of features that are there or not: rows of label 0, then of label 1.
    holds = np.array([[1, 1, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1], [0, 1, 1]])
    inside, outside = 1 + holds[:3].sum(axis=0), 1 + holds[3:].sum(axis=0)
    expected = np.log(inside / inside.sum()) - np.log(outside / outside.sum())
    settings = check_classifier({"name": "nbsvm", "share": 0.0})  # a feature's ratio alone
    gold = np.array([0, 0, 0, 1, 1])
    fitted = fit_linear(settings, csr_matrix(holds * [0.9, 0.02, 0.4]), gold, np.ones(5), 2, 0)
    for label, sign in ((0, 1), (1, -1)):
        column = sign * fitted.weights[:, label]
        assert column / np.linalg.norm(column) == pytest.approx(expected / np.linalg.norm(expected))
