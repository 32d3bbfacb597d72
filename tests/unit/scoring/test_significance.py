import re
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from math import comb
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test

from janib.errors import ConfigError, DataError
from janib.labels import STANCE_LABELS
from janib.scoring.significance import (
    Draws,
    adjust_by_holm,
    compare_by_mcnemar,
    draw_scores,
)
from janib.scoring.significance import compare_by_randomisation as compare_models_by_randomisation


def compare_by_bootstrap(task, gold, first, second, targets, labels, *, name, **settings):
    draws = draw_scores(task, gold, [first, second], targets, labels, names=[name], **settings)
    return draws.compare(name, [0], [1])


def compare_by_randomisation(task, gold, first, second, targets, labels, **settings):
    return compare_models_by_randomisation(task, gold, [first], [second], targets, labels, **settings)


def make_systems(n_rows=90, seed=1, second_accuracy=0.4):
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 3, n_rows)
    first = np.where(rng.random(n_rows) < 0.65, gold, rng.integers(0, 3, n_rows))
    second = np.where(rng.random(n_rows) < second_accuracy, gold, rng.integers(0, 3, n_rows))
    return gold, first, second, rng.choice(["a", "b"], n_rows)


def gap(gold, first, second, targets, name):
    """The difference of two systems' scores from the definitions, not from janib."""

    def average(gold, predicted):
        f1 = [
            2 * ((gold == side) & (predicted == side)).sum() / max(1, (gold == side).sum() + (predicted == side).sum())
            for side in (0, 2)
        ]
        return sum(f1) / 2

    def evaluate(predicted):
        if name == "accuracy":
            return (gold == predicted).mean()
        rows = [targets == target for target in set(targets.tolist())]
        return sum(average(gold[inside], predicted[inside]) for inside in rows) / len(rows)

    return evaluate(first) - evaluate(second)


def group(clusters):
    members = defaultdict(list)
    for row, cluster in enumerate(clusters):
        members[cluster].append(row)
    return list(members.values())


@pytest.mark.parametrize("name", ["f_avg_by_target", "accuracy"])
@pytest.mark.parametrize("n_clusters", [None, 20])
def test_paired_bootstrap_agrees_with_a_loop(name, n_clusters):
    gold, first, second, targets = make_systems()
    clusters = None if n_clusters is None else [row * n_clusters // 90 for row in range(90)]
    found = compare_by_bootstrap("stance", gold, first, second, targets, STANCE_LABELS, name=name, clusters=clusters)
    rng, bags, n_loops = np.random.default_rng(2), group(clusters or range(90)), 1000
    observed = gap(gold, first, second, targets, name)
    drawn = []
    for _ in range(n_loops):
        rows = np.concatenate([bags[bag] for bag in rng.integers(0, len(bags), len(bags))])
        drawn.append(gap(gold[rows], first[rows], second[rows], targets[rows], name))
    p = np.mean([abs(value - observed) >= abs(observed) - 1e-12 for value in drawn])
    assert found.value == pytest.approx(observed, abs=1e-12)
    assert found.p == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / n_loops))
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(drawn, (2.5, 97.5))), abs=0.03)


@pytest.mark.parametrize("name", ["f_avg_by_target", "accuracy"])
@pytest.mark.parametrize("n_clusters", [None, 20])
def test_randomisation_agrees_with_a_loop(name, n_clusters):
    gold, first, second, targets = make_systems()
    clusters = None if n_clusters is None else [row * n_clusters // 90 for row in range(90)]
    found = compare_by_randomisation(
        "stance", gold, first, second, targets, STANCE_LABELS, name=name, clusters=clusters
    )
    rng, bags, n_loops = np.random.default_rng(3), group(clusters or range(90)), 1000
    observed = abs(gap(gold, first, second, targets, name))
    extreme = 0
    for _ in range(n_loops):
        swap = np.zeros(90, bool)
        for bag in bags:
            swap[bag] = rng.random() < 0.5
        ours, theirs = np.where(swap, second, first), np.where(swap, first, second)
        extreme += abs(gap(gold, ours, theirs, targets, name)) >= observed - 1e-12
    p = (extreme + 1) / (n_loops + 1)
    assert 0.002 < p < 0.7
    assert found == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / n_loops))


def make_seeds(n_rows=90):
    gold, first, second, targets = make_systems(n_rows)
    rng = np.random.default_rng(7)
    seeds = [np.where(rng.random(n_rows) < 0.15, rng.integers(0, 3, n_rows), first) for _ in range(3)]
    return gold, seeds, [second, np.where(rng.random(n_rows) < 0.2, gold, second)], targets


@pytest.mark.parametrize("name", ["f_avg_by_target", "accuracy"])
@pytest.mark.parametrize("n_clusters", [None, 30])
def test_seeds_then_rows_agree_with_loops(name, n_clusters):
    """The bootstrap draws one seed less than a model has, then rows or clusters; the randomisation keeps the seeds."""
    gold, ours, theirs, targets = make_seeds()
    clusters = None if n_clusters is None else [row * n_clusters // 90 for row in range(90)]
    names = {"names": [name], "clusters": clusters}
    draws = draw_scores("stance", gold, [*ours, *theirs], targets, STANCE_LABELS, **names)
    found = draws.compare(name, [0, 1, 2], [3, 4])
    p_swapped = compare_models_by_randomisation(
        "stance", gold, ours, theirs, targets, STANCE_LABELS, name=name, clusters=clusters
    )

    def average(rows, swap, first, second):
        gaps = [
            gap(gold[rows], np.where(swap, b, a)[rows], np.where(swap, a, b)[rows], targets[rows], name)
            for a in first
            for b in second
        ]
        return float(np.mean(gaps))

    def draw():
        first = [ours[seed] for seed in rng.integers(0, 3, 2)]
        second = [theirs[seed] for seed in rng.integers(0, 2, 1)]
        rows = np.concatenate([bags[bag] for bag in rng.integers(0, len(bags), len(bags))])
        return average(rows, nothing, first, second)

    def swap():
        moved = np.zeros(90, bool)
        for bag in bags:
            moved[bag] = rng.random() < 0.5
        return average(everything, moved, ours, theirs)

    rng, n_loops, everything, nothing = np.random.default_rng(5), 400, np.arange(90), np.zeros(90, bool)
    bags = group(clusters or range(90))
    observed = average(everything, nothing, ours, theirs)
    drawn, swapped = [draw() for _ in range(n_loops)], [swap() for _ in range(n_loops)]
    assert found.value == pytest.approx(observed, abs=1e-12)
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(drawn, (2.5, 97.5))), abs=0.04)
    for p, values in ((found.p, np.array(drawn) - observed), (p_swapped, np.array(swapped))):
        naive = (1 + (np.abs(values) >= abs(observed) - 1e-12).sum()) / (1 + n_loops)
        assert p == pytest.approx(naive, abs=4 * np.sqrt(naive * (1 - naive) / n_loops))
    low, high = draws.find_interval(name, [0, 1, 2])
    assert low < np.mean(draws.observed[name][:3]) < high


@given(st.integers(0, 2**32 - 1), st.sampled_from([None, 12]), st.booleans())
@settings(max_examples=25)
def test_one_seed_is_the_plain_bootstrap_and_seeds_that_agree_add_nothing(seed, n_clusters, is_alike):
    """A model's interval with one seed, or with seeds that are one, is the percentiles of its resampled scores."""
    gold, first, second, targets = make_systems(n_rows=60, seed=seed % 1000)
    clusters = None if n_clusters is None else [row % n_clusters for row in range(60)]
    systems = [first, first, first, second] if is_alike else [first, second]
    kept = {"names": ["favg2"], "clusters": clusters, "n_resamples": 300, "seed": seed}
    draws = draw_scores("stance", gold, systems, targets, STANCE_LABELS, **kept)
    ours, theirs = list(range(len(systems) - 1)), [len(systems) - 1]
    scores = draws.drawn["favg2"]
    assert draws.find_interval("favg2", ours) == pytest.approx(tuple(np.percentile(scores[:, 0], (2.5, 97.5))))
    found, leads = draws.compare("favg2", ours, theirs), scores[:, 0] - scores[:, -1]
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(leads, (2.5, 97.5))))
    extreme = (np.abs(leads - found.value) >= abs(found.value) - 1e-12).sum()
    assert found.p == pytest.approx((1 + extreme) / 301)
    again = draw_scores("stance", gold, systems, targets, STANCE_LABELS, **kept)
    assert again.find_interval("favg2", ours) == draws.find_interval("favg2", ours)
    assert again.compare("favg2", ours, theirs) == found


@given(st.integers(0, 1000), st.integers(2, 5), st.floats(0.02, 0.3))
@settings(max_examples=25)
def test_seeds_widen_by_what_they_differ(seed, n_seeds, spread):
    """The variance over resamples is that of the rows and that of the mean of the seeds, estimated without bias."""
    rng = np.random.default_rng(seed)
    of_rows, of_seeds = rng.normal(0, 0.05, 20_000), rng.normal(0.6, spread, n_seeds)
    draws = Draws({"score": of_seeds}, {"score": of_rows[:, None] + of_seeds}, seed)
    places = list(range(n_seeds))
    low, high = draws.find_interval("score", places)
    plain_low, plain_high = np.percentile(of_rows, (2.5, 97.5))
    variance = draws._average("score", places).var()
    assert variance == pytest.approx(0.05**2 + of_seeds.var(ddof=1) / n_seeds, rel=0.06)
    assert high - low > plain_high - plain_low - 0.005
    assert draws.find_interval("score", places) == (low, high)
    assert replace(draws, seed=seed + 1)._average("score", places).tolist() != draws._average("score", places).tolist()


def test_seeds_that_contradict_one_another_take_significance_away():
    """Two of three seeds are far better than the other model, and one far worse: only the bootstrap sees it."""
    gold, _, second, targets = make_systems(n_rows=400)
    bad = (gold + 1) % 3
    draws = draw_scores("stance", gold, [gold, gold, bad, second], targets, STANCE_LABELS, names=["accuracy"])
    found = draws.compare("accuracy", [0, 1, 2], [3])
    assert found.low < 0 < found.high
    assert found.p > 0.05
    assert draws.compare("accuracy", [0, 1], [3]).p < 0.001


def test_ten_thousand_resamples_of_seeds_take_no_longer_than_of_rows():
    gold, ours, theirs, targets = make_seeds(n_rows=600)
    draws = draw_scores("stance", gold, [*ours, *theirs], targets, STANCE_LABELS, names=["favg2"])
    start = process_time()
    for _ in range(20):
        draws.compare("favg2", [0, 1, 2], [3, 4])
    assert process_time() - start < 2  # 0.1 s; a loop over the resamples would take minutes


def test_randomisation_agrees_with_scipy_over_all_swaps():
    gold, first, second, _ = make_systems(n_rows=11, seed=4)

    def statistic(ours, theirs, axis):
        return (ours == gold).mean(axis=axis) - (theirs == gold).mean(axis=axis)

    exact = permutation_test(
        (first, second), statistic, permutation_type="samples", n_resamples=np.inf, vectorized=True
    )
    found = compare_by_randomisation(
        "label", gold, first, second, None, STANCE_LABELS, name="accuracy", n_trials=40_000
    )
    assert found == pytest.approx(exact.pvalue, abs=0.01)


def test_equal_systems_do_not_differ():
    gold, first, _, targets = make_systems()
    rows = ("stance", gold, first, first, targets, STANCE_LABELS)
    found = compare_by_bootstrap(*rows, name="favg2", n_resamples=100)
    assert (found.value, found.low, found.high, found.p) == (0, 0, 0, 1)
    assert compare_by_randomisation(*rows, name="favg2", n_trials=100) == 1
    assert compare_by_mcnemar(gold, first, first, STANCE_LABELS) == 1


def test_a_clear_difference_has_the_least_p():
    gold, _, second, targets = make_systems(second_accuracy=0.1)
    rows = ("stance", gold, gold, second, targets, STANCE_LABELS)
    assert compare_by_bootstrap(*rows, name="favg2", n_resamples=999).p == 1 / 1000
    assert compare_by_randomisation(*rows, name="favg2", n_trials=999) == 1 / 1000


def test_order_of_systems_only_turns_the_sign():
    gold, first, second, targets = make_systems()
    ours = compare_by_bootstrap("stance", gold, first, second, targets, STANCE_LABELS, name="favg2")
    theirs = compare_by_bootstrap("stance", gold, second, first, targets, STANCE_LABELS, name="favg2")
    assert theirs.value == -ours.value
    assert theirs.p == pytest.approx(ours.p, abs=0.02)
    assert (-theirs.high, -theirs.low) == pytest.approx((ours.low, ours.high), abs=0.01)


def test_p_is_uniform_when_the_systems_are_alike():
    """Of 400 pairs of systems of equal quality, about 5 % differ at 0.05."""
    found = []
    for seed in range(400):
        gold, first, second, targets = make_systems(n_rows=300, seed=seed, second_accuracy=0.65)
        rows = ("stance", gold, first, second, targets, STANCE_LABELS)
        found.append(
            (
                compare_by_bootstrap(*rows, name="favg2", n_resamples=199).p,
                compare_by_randomisation(*rows, name="favg2", n_trials=199),
            )
        )
    rejected = (np.array(found) <= 0.05).sum(axis=0)
    assert (rejected >= 8).all()
    assert (rejected <= 36).all()


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 5))
def test_mcnemar_is_the_exact_binomial_sum(only_first, only_second, both):
    n_rows = only_first + only_second + both + 1
    gold = ["x"] * n_rows
    first = ["x"] * (only_first + both) + ["y"] * (only_second + 1)
    second = ["y"] * only_first + ["x"] * (both + only_second) + ["y"]
    n_unequal, least = only_first + only_second, min(only_first, only_second)
    tail = sum(Fraction(comb(n_unequal, k), 2**n_unequal) for k in range(least + 1))
    found = compare_by_mcnemar(gold, first, second, ["x", "y"])
    assert found == pytest.approx(float(min(Fraction(1), 2 * tail)), abs=1e-12)


def step_down(p_values, alpha):
    """Holm's rule as written: from the smallest p on, stop at the first that exceeds alpha / those left."""
    rejected = [False] * len(p_values)
    for done, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if p_values[place] * (len(p_values) - done) > alpha:
            break
        rejected[place] = True
    return rejected


@given(st.lists(st.floats(0, 1), max_size=12), st.floats(0, 0.999))
def test_holm_rejects_what_the_step_down_rule_rejects(p_values, alpha):
    adjusted = adjust_by_holm(p_values)
    assert (adjusted <= alpha).tolist() == step_down(p_values, alpha)
    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))


def test_holm_on_a_known_example():
    assert adjust_by_holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_an_unknown_score_is_named():
    message = "score 'favg2' is unknown, expected one of accuracy, macro_f1, mcc, precision/x, recall/x, f1/x"
    for compare in (compare_by_bootstrap, compare_by_randomisation):
        with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
            compare("label", ["x"], ["x"], ["x"], None, ["x"], name="favg2")


def test_systems_of_other_rows_are_refused():
    message = "predicted has 1 rows, gold has 2; give the same rows in the same order"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        compare_by_mcnemar(["x", "x"], ["x", "x"], ["x"], ["x"])
