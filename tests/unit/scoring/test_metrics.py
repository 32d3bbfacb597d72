import re
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlflow.utils.validation import MAX_ENTITY_KEY_LENGTH, _validate_metric_name
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    confusion_matrix,
    matthews_corrcoef,
    precision_recall_fscore_support,
)

from janib.errors import ConfigError, DataError
from janib.labels import SENTIMENT_LABELS, STANCE_LABELS
from janib.scoring.metrics import (
    MAX_TARGETS,
    TASK_MEASURES,
    Measure,
    accuracy,
    confusion,
    list_measures,
    score,
    slugify,
    slugify_all,
)
from janib.scoring.significance import draw_scores

LABEL_SCORES = ("precision", "recall", "f1")
MAWQIF_TEST = {  # favor, against, none: the counts of the test set of 619 tweets
    "Covid Vaccine": (90, 90, 26),
    "Digital Transformation": (156, 25, 22),
    "Women empowerment": (134, 65, 11),
}


def share(part, whole):
    return part / whole if whole else 0.0


def label_by_hand(gold, predicted, label):
    """Precision, recall and F1 of one label."""
    both = sum(g == p == label for g, p in zip(gold, predicted, strict=True))
    precision, recall = share(both, predicted.count(label)), share(both, gold.count(label))
    return precision, recall, share(2 * precision * recall, precision + recall)


def mcc_by_hand(gold, predicted):
    """R_K as Gorodkin (2004) writes it: a correlation of one-hot rows, covariances summed over labels."""

    def covary(first, second):
        total = 0.0
        for label in STANCE_LABELS:
            first_mean, second_mean = first.count(label) / len(first), second.count(label) / len(second)
            pairs = zip(first, second, strict=True)
            total += sum(((f == label) - first_mean) * ((s == label) - second_mean) for f, s in pairs)
        return total

    return share(covary(gold, predicted), (covary(gold, gold) * covary(predicted, predicted)) ** 0.5)


def stance_by_hand(gold, predicted, targets):
    """The written definitions of StanceEval-2024 and -2026, on lists."""

    def average(gold, predicted, labels):
        return sum(label_by_hand(gold, predicted, label)[2] for label in labels) / len(labels)

    rows = defaultdict(list)
    for row, target in enumerate(targets):
        rows[target].append(row)
    scores = {
        "favg2": average(gold, predicted, ["favor", "against"]),
        "favg3": average(gold, predicted, ["favor", "against", "neutral"]),
        "accuracy": sum(g == p for g, p in zip(gold, predicted, strict=True)) / len(gold),
    }
    for target, places in rows.items():
        ours, theirs = [gold[row] for row in places], [predicted[row] for row in places]
        sides = average(ours, theirs, ["favor", "against"])
        scores[f"f_avg_by_target/{target}"] = scores[f"favg2/{target}"] = sides
        scores[f"favg3/{target}"] = average(ours, theirs, ["favor", "against", "neutral"])
        hits = sum(g == p for g, p in zip(ours, theirs, strict=True))
        scores[f"accuracy/{target}"] = hits / len(places)
    scores["f_avg_by_target"] = sum(scores[f"f_avg_by_target/{target}"] for target in rows) / len(rows)
    return scores


def draw_rows(rng):
    """Random gold, answers and targets; often a class, an answer or all targets but one are missing."""
    n_rows = int(rng.integers(1, 60))
    gold_labels = rng.choice(STANCE_LABELS, size=int(rng.integers(1, 4)), replace=False)
    answers = rng.choice(STANCE_LABELS, size=int(rng.integers(1, 4)), replace=False)
    targets = [f"t{number}" for number in range(int(rng.integers(1, 5)))]
    gold = rng.choice(gold_labels, n_rows)
    predicted = np.where(rng.random(n_rows) < rng.random(), gold, rng.choice(answers, n_rows))
    return gold.tolist(), predicted.tolist(), rng.choice(targets, n_rows).tolist()


def test_scores_equal_the_written_definitions():
    rng = np.random.default_rng(1)
    for _ in range(1000):
        gold, predicted, targets = draw_rows(rng)
        expected = stance_by_hand(gold, predicted, targets)
        for label in STANCE_LABELS:
            values = label_by_hand(gold, predicted, label)
            expected |= {f"{name}/{label}": v for name, v in zip(LABEL_SCORES, values, strict=True)}
        expected |= {"macro_f1": expected["favg3"], "mcc": mcc_by_hand(gold, predicted)}
        found = score("stance", gold, predicted, targets, STANCE_LABELS)
        assert found.keys() == expected.keys()
        assert max(abs(found[name] - value) for name, value in expected.items()) < 1e-9


@pytest.mark.filterwarnings("ignore:A single label was found")
def test_scores_equal_those_of_scikit_learn():
    rng = np.random.default_rng(2)
    for _ in range(100):
        gold, predicted, targets = draw_rows(rng)
        found = score("stance", gold, predicted, targets, STANCE_LABELS)
        columns = precision_recall_fscore_support(gold, predicted, labels=STANCE_LABELS, zero_division=0)[:3]
        for name, column in zip(LABEL_SCORES, columns, strict=True):
            assert [found[f"{name}/{label}"] for label in STANCE_LABELS] == pytest.approx(column, abs=1e-9)
        assert found["macro_f1"] == pytest.approx(columns[2].mean(), abs=1e-9)
        assert found["favg2"] == pytest.approx(columns[2][[0, 2]].mean(), abs=1e-9)
        assert found["mcc"] == pytest.approx(matthews_corrcoef(gold, predicted), abs=1e-9)
        assert found["accuracy"] == pytest.approx(accuracy_score(gold, predicted), abs=1e-9)


def test_any_label_set_is_scored_without_stance_scores():
    labels = ("agree", "disagree", "discuss", "غير ذي صلة")
    rng = np.random.default_rng(2)
    gold, predicted = rng.choice(labels, 50), rng.choice(labels, 50)
    found = score("label", gold, predicted, None, labels)
    _, _, f1, _ = precision_recall_fscore_support(gold, predicted, labels=labels, zero_division=0)
    assert found["macro_f1"] == pytest.approx(f1.mean(), abs=1e-9)
    assert found["f1/غير_ذي_صلة"] == pytest.approx(f1[3], abs=1e-9)
    assert len(found) == 3 + 3 * len(labels)


def test_f_pn_is_the_mean_f1_of_positive_and_negative():
    gold = ["positive", "positive", "negative", "neutral"]
    predicted = ["positive", "neutral", "negative", "negative"]
    found = score("sentiment", gold, predicted, None, SENTIMENT_LABELS)
    assert found["f_pn"] == pytest.approx((2 / 3 + 2 / 3) / 2)
    assert "f_pn" not in score("label", gold, predicted, None, SENTIMENT_LABELS)


def test_always_favor_on_mawqif_is_the_published_arithmetic():
    gold, targets = [], []
    for target, counts in MAWQIF_TEST.items():
        for label, count in zip(("favor", "against", "neutral"), counts, strict=True):
            gold += [label] * count
            targets += [target] * count
    scores = score("stance", gold, ["favor"] * len(gold), targets, STANCE_LABELS)
    assert len(gold) == 619
    assert round(100 * scores["f_avg_by_target"], 2) == 37.60
    assert round(100 * scores["favg2"], 2) == 38.04
    assert scores["f_avg_by_target/women_empowerment"] == pytest.approx(134 / 344)


def test_confusion_counts_by_sorted_target_gold_and_answer():
    gold = np.array(["favor", "against", "favor", "neutral"])
    predicted = np.array([2, 2, 0, 1])
    counts = confusion(gold, predicted, ["b", "a", "b", "a"], STANCE_LABELS)
    assert counts.shape == (2, 3, 3)
    assert counts[0].tolist() == confusion_matrix([0, 1], [2, 1], labels=[0, 1, 2]).tolist()
    assert counts[1].tolist() == confusion_matrix([2, 2], [2, 0], labels=[0, 1, 2]).tolist()


def test_measure_takes_leading_axes():
    counts = np.random.default_rng(3).integers(0, 9, size=(4, 5, 2, 3, 3))
    measures = list_measures("stance", STANCE_LABELS, ["a", "b"]).values()
    batch = [measure(counts) for measure in measures]
    assert {values.shape for values in batch} == {(4, 5)}
    assert [values[3, 2] for values in batch] == [measure(counts[3, 2]) for measure in measures]


def test_f_avg_by_target_leaves_out_targets_without_rows():
    counts = np.stack([np.diag([2, 0, 3]), np.zeros((3, 3), int)])
    assert list_measures("stance", STANCE_LABELS, ["a", "b"])["f_avg_by_target"](counts) == 1


def test_mcc_does_not_overflow():
    counts = np.diag([10**6, 10**6, 10**6])[None]
    assert list_measures("label", STANCE_LABELS)["mcc"](counts) == pytest.approx(1)


rows_of_stance = st.lists(
    st.tuples(st.sampled_from(STANCE_LABELS), st.sampled_from(STANCE_LABELS), st.sampled_from("abc")),
    min_size=1,
    max_size=40,
)


@settings(deadline=None)
@given(rows_of_stance, st.randoms(use_true_random=False))
def test_scores_ignore_the_order_of_rows_and_keep_their_bounds(rows, random):
    shuffled = random.sample(rows, len(rows))
    first = score("stance", *map(list, zip(*rows, strict=True)), labels=STANCE_LABELS)
    second = score("stance", *map(list, zip(*shuffled, strict=True)), labels=STANCE_LABELS)
    assert first == second
    assert all(0 <= value <= 1 for name, value in first.items() if name != "mcc")
    assert -1 <= first["mcc"] <= 1


@settings(deadline=None)
@given(rows_of_stance)
def test_a_perfect_answer_scores_one(rows):
    gold = [label for label, _, _ in rows] + list(STANCE_LABELS) * 3
    targets = [target for _, _, target in rows] + list("aaabbbccc")
    assert set(score("stance", gold, gold, targets, STANCE_LABELS).values()) == {1.0}


@settings(deadline=None)
@given(rows_of_stance)
def test_with_one_target_pooled_equals_by_target(rows):
    gold, predicted, _ = zip(*rows, strict=True)
    scores = score("stance", gold, predicted, ["لقاح"] * len(rows), STANCE_LABELS)
    assert scores["f_avg_by_target"] == scores["f_avg_by_target/لقاح"] == scores["favg2"]
    assert scores["favg3/لقاح"] == scores["favg3"] == scores["macro_f1"]
    assert scores["accuracy/لقاح"] == scores["accuracy"]


def test_rows_without_targets_have_no_scores_by_target():
    gold, predicted = ["favor", "against"], ["favor", "favor"]
    blank = score("stance", gold, predicted, ["", ""], STANCE_LABELS)
    assert blank == score("stance", gold, predicted, None, STANCE_LABELS)
    assert blank["f_avg_by_target"] == blank["favg2"]
    assert not [name for name in blank if name.startswith(("favg2/", "accuracy/"))]


@pytest.mark.parametrize(("n_targets", "kept"), [(MAX_TARGETS, MAX_TARGETS), (MAX_TARGETS + 1, 0)])
def test_many_targets_have_no_scores_by_target(n_targets, kept):
    targets = [f"headline {number}" for number in range(n_targets)]
    scores = score("stance", ["favor"] * n_targets, ["favor"] * n_targets, targets, STANCE_LABELS)
    assert sum(name.startswith("f_avg_by_target/") for name in scores) == kept
    assert scores["f_avg_by_target"] == 0.5


def test_probabilities_add_brier_and_calibration_error():
    rng = np.random.default_rng(4)
    probabilities = rng.dirichlet([0.6, 0.6, 0.6], size=400)
    probabilities[:6] = [1, 0, 0], [0.4, 0.3, 0.3], [0.6, 0.4, 0], [0.5, 0.5, 0], [0, 0.2, 0.8], [1 / 3] * 3
    gold = rng.integers(0, 3, size=400)
    scores = score("sentiment", gold, probabilities, None, SENTIMENT_LABELS)
    one_hot = np.eye(3)[gold]
    assert scores["brier"] == pytest.approx(brier_score_loss(one_hot, probabilities, scale_by_half=False))
    error = 0.0
    for number in range(15):
        low, high = number / 15, (number + 1) / 15
        inside = [row for row in range(400) if low < probabilities[row].max() <= high]
        if inside:
            right = sum(probabilities[row].argmax() == gold[row] for row in inside) / len(inside)
            sure = sum(probabilities[row].max() for row in inside) / len(inside)
            error += len(inside) / 400 * abs(right - sure)
    assert scores["ece"] == pytest.approx(error, abs=1e-12)
    by_label = score("sentiment", gold, probabilities.argmax(axis=1), None, SENTIMENT_LABELS)
    assert scores == by_label | {"brier": scores["brier"], "ece": scores["ece"]}


def test_sure_answers_have_the_extreme_calibration():
    sure = np.eye(3)
    right = score("sentiment", np.arange(3), sure, None, SENTIMENT_LABELS)
    wrong = score("sentiment", np.array([1, 2, 0]), sure, None, SENTIMENT_LABELS)
    assert (right["brier"], right["ece"]) == (0, 0)
    assert (wrong["brier"], wrong["ece"]) == (2, 1)


@pytest.mark.parametrize(
    ("gold", "predicted", "targets", "message"),
    [
        ([], [], None, "there are no rows to score; check the split and the filters before it"),
        (
            ["favor", None],
            ["favor", "favor"],
            None,
            "row 2 of gold has no label; leave such rows out before scoring",
        ),
        (
            ["favor", "-2"],
            ["favor", "favor"],
            None,
            "row 2 of gold: label '-2' is unknown, expected one of against, neutral, favor",
        ),
        (
            ["favor"],
            np.array([3]),
            None,
            "row 1 of predicted: label '3' is unknown, expected one of against, neutral, favor",
        ),
        (
            ["favor"],
            ["favor", "favor"],
            None,
            "predicted has 2 rows, gold has 1; give the same rows in the same order",
        ),
        (
            ["favor"],
            ["favor"],
            ["a", "b"],
            "targets has 2 rows, gold has 1; give the same rows in the same order",
        ),
        (
            ["favor"],
            np.array([[0.5, 0.5]]),
            None,
            "predicted probabilities have 2 columns; expected one for each of against, neutral, favor, in this order",
        ),
        (
            ["favor"],
            np.array([[0.5, 0.5, 0.5]]),
            None,
            "row 1 of predicted probabilities is [0.5, 0.5, 0.5]; expected numbers of at least 0 that sum to 1",
        ),
        (
            ["favor"],
            np.array([[np.nan, 0.5, 0.5]]),
            None,
            "row 1 of predicted probabilities is [nan, 0.5, 0.5]; expected numbers of at least 0 that sum to 1",
        ),
    ],
)
def test_what_cannot_be_scored_is_named(gold, predicted, targets, message):
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        score("stance", gold, predicted, targets, STANCE_LABELS)


def test_stance_labels_in_another_order_are_refused():
    message = (
        "stance labels are favor, against; expected against, neutral, favor, in this order: "
        "reorder the columns, or score the rows as the task 'label'"
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        score("stance", ["favor"], ["favor"], None, ("favor", "against"))


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Covid Vaccine", "covid_vaccine"),
        ("Women empowerment", "women_empowerment"),
        ("against", "against"),
        ("«حزب العُمّال» / 'الفرع'", "حزب_العمال_الفرع"),
        ("a.b-c:d [e]", "a_b_c_d_e"),
        ("../..", "unnamed_0cfd1c96"),
        ("", "unnamed_e3b0c442"),
    ],
)
def test_slugs(name, slug):
    assert slugify(name) == slug


def test_names_with_one_slug_get_keys_of_their_own():
    slugs = slugify_all(["Covid Vaccine", "covid-vaccine", "Digital"])
    assert list(slugs) == ["Covid Vaccine", "covid-vaccine", "Digital"]
    assert all(re.fullmatch("covid_vaccine_[0-9a-f]{8}", slug) for slug in list(slugs.values())[:2])
    assert slugs["Digital"] == "digital"
    assert len(set(slugs.values())) == 3


def test_a_name_cannot_pose_as_anothers_digest():
    names = ["Covid Vaccine", "covid-vaccine"]
    posing = slugify_all(names)["Covid Vaccine"]
    assert len(set(slugify_all([*names, posing]).values())) == 3


awkward = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("اأُة«»'\"[]()/._-: \tİßa1")), max_size=200)


@settings(deadline=None)
@given(st.lists(awkward, min_size=1, max_size=12))
def test_slugs_are_distinct_steady_lower_case_and_mlflow_takes_them(names):
    slugs = slugify_all(names)
    assert len(set(slugs.values())) == len(set(names))
    assert slugs == slugify_all(names)
    for slug in slugs.values():
        key = f"validation/f_avg_by_target/{slug}"
        _validate_metric_name(key)
        assert len(key) <= MAX_ENTITY_KEY_LENGTH
        assert re.fullmatch(r"\w+", slug)
        assert slug == slug.lower()


def find_intervals(task, gold, predicted, targets, labels, *, names=None, **settings):
    names = names or list(list_measures(task, labels, sorted(set(targets or [""]))))
    draws = draw_scores(task, gold, [predicted], targets, labels, names=names, **settings)
    return {name: draws.find_interval(name, [0]) for name in names}


def make_rows(n_rows=80, seed=5):
    rng = np.random.default_rng(seed)
    gold = rng.choice(STANCE_LABELS, n_rows, p=[0.3, 0.1, 0.6])
    predicted = np.where(rng.random(n_rows) < 0.6, gold, rng.choice(STANCE_LABELS, n_rows))
    return gold.tolist(), predicted.tolist(), rng.choice(["a", "b", "c"], n_rows).tolist()


def loop_bootstrap(gold, predicted, targets, clusters, n_resamples):
    rng = np.random.default_rng(6)
    members = defaultdict(list)
    for row, cluster in enumerate(clusters):
        members[cluster].append(row)
    bags = list(members.values())
    drawn = defaultdict(list)
    for _ in range(n_resamples):
        places = [row for bag in rng.integers(0, len(bags), len(bags)) for row in bags[bag]]
        columns = ([column[row] for row in places] for column in (gold, predicted, targets))
        for name, value in stance_by_hand(*columns).items():
            drawn[name].append(value)
    return drawn


def assert_same_quantiles(interval, drawn):
    """Each edge has its share of the draws beyond it, within four standard errors; draws may tie."""
    for edge, share in zip(interval, (0.025, 0.975), strict=True):
        slack = 4 * np.sqrt(0.025 * 0.975 / len(drawn))
        assert np.mean(np.array(drawn) < edge - 1e-9) - slack <= share
        assert np.mean(np.array(drawn) <= edge + 1e-9) + slack >= share


@pytest.mark.parametrize("n_clusters", [None, 41])
def test_intervals_agree_with_a_loop_over_rows_or_clusters(n_clusters):
    gold, predicted, targets = make_rows()
    clusters = None if n_clusters is None else [row * row % n_clusters for row in range(len(gold))]
    names = ["f_avg_by_target", "favg2", "favg3", "accuracy", "favg2/b"]
    found = find_intervals("stance", gold, predicted, targets, STANCE_LABELS, names=names, clusters=clusters)
    drawn = loop_bootstrap(gold, predicted, targets, clusters or range(len(gold)), n_resamples=1500)
    assert list(found) == names
    for name in names:
        assert_same_quantiles(found[name], drawn[name])


def test_clusters_of_one_row_are_rows():
    gold, predicted, targets = make_rows(200)
    rows = find_intervals("stance", gold, predicted, targets, STANCE_LABELS)
    alone = find_intervals("stance", gold, predicted, targets, STANCE_LABELS, clusters=range(200))
    assert list(rows) == list(score("stance", gold, predicted, targets, STANCE_LABELS))
    for name, interval in rows.items():
        assert alone[name] == pytest.approx(interval, abs=0.012)


def test_one_cluster_has_no_spread():
    gold, predicted, targets = make_rows()
    found = find_intervals("stance", gold, predicted, targets, STANCE_LABELS, clusters=["d"] * 80, n_resamples=20)
    for name, value in score("stance", gold, predicted, targets, STANCE_LABELS).items():
        assert found[name] == pytest.approx((value, value))


def test_intervals_are_seeded_and_pool_targets_where_no_score_reads_them():
    gold, predicted, targets = make_rows()
    first = find_intervals("stance", gold, predicted, targets, STANCE_LABELS, n_resamples=200, seed=7)
    assert first == find_intervals("stance", gold, predicted, targets, STANCE_LABELS, n_resamples=200, seed=7)
    assert first != find_intervals("stance", gold, predicted, targets, STANCE_LABELS, n_resamples=200, seed=8)
    pooled = find_intervals("label", gold, predicted, None, STANCE_LABELS, n_resamples=200)
    assert pooled == find_intervals("label", gold, predicted, targets, STANCE_LABELS, n_resamples=200)


def test_resampling_in_chunks_draws_the_same(monkeypatch):
    gold, predicted, targets = make_rows()
    whole = find_intervals("stance", gold, predicted, targets, STANCE_LABELS, n_resamples=300)
    monkeypatch.setattr("janib.scoring.resampling._CHUNK", 1000)
    assert find_intervals("stance", gold, predicted, targets, STANCE_LABELS, n_resamples=300) == whole


def test_intervals_name_an_unknown_score():
    message = (
        "score 'macro_f' is unknown, expected one of accuracy, macro_f1, mcc, precision/x, recall/x, f1/x; "
        "did you mean 'macro_f1'?"
    )
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        find_intervals("label", ["x"], ["x"], None, ["x"], names=["macro_f"])


def test_intervals_check_clusters():
    message = "clusters has 1 rows, gold has 2; give the same rows in the same order"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        find_intervals("label", ["x", "x"], ["x", "x"], None, ["x"], clusters=["d"])


def test_a_new_score_by_target_has_the_interval_of_its_own_targets(monkeypatch):
    lowest = Measure(lambda counts: accuracy(counts).min(axis=-1), by_target=True)
    monkeypatch.setitem(TASK_MEASURES["stance"], "lowest_accuracy", lowest)
    gold, predicted, targets = make_rows()
    found = find_intervals("stance", gold, predicted, targets, STANCE_LABELS, names=["lowest_accuracy"])
    drawn = []
    rng = np.random.default_rng(6)
    for _ in range(1500):
        places = rng.integers(0, len(gold), len(gold))
        hits = {target: [gold[row] == predicted[row] for row in places if targets[row] == target] for target in "abc"}
        drawn.append(min(np.mean(hits[target]) for target in hits))
    assert_same_quantiles(found["lowest_accuracy"], drawn)
    scores = score("stance", gold, predicted, targets, STANCE_LABELS)
    assert scores["lowest_accuracy"] == min(scores[f"accuracy/{target}"] for target in "abc")


def test_sentiment_labels_in_another_order_are_refused():
    message = (
        "sentiment labels are positive, neutral, negative; expected negative, neutral, positive, in this order: "
        "reorder the columns, or score the rows as the task 'label'"
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        score("sentiment", ["neutral"], ["neutral"], None, ("positive", "neutral", "negative"))
