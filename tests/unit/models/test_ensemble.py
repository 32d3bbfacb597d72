import csv
import gzip
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from janib.errors import ConfigError, DataError, ModelError
from janib.inference.classifier import load_classifier
from janib.labels import SENTIMENT_LABELS, STANCE_LABELS
from janib.models.base import Model
from janib.models.ensemble.model import CHOICE_FOLDS, COMBINATIONS, EnsembleModel
from janib.models.label_ids import cut_folds
from janib.models.majority import MajorityModel
from janib.models.store import save_model
from janib.schema import Example

STANCE = {"stance": STANCE_LABELS}
BOTH = {**STANCE, "sentiment": SENTIMENT_LABELS}
ROWS = [
    Example(str(i), f"رأي {i}", "الحزب" if i % 2 else "المجلس", stance=STANCE_LABELS[i * i % 7 % 3]) for i in range(60)
]
VALID, TEST = ROWS[:40], ROWS[40:]
GOLD = np.array([STANCE_LABELS.index(row.stance) for row in ROWS])
GOOD = np.full((60, 3), 0.1) + 0.7 * np.eye(3)[GOLD]
BAD = np.full((60, 3), 0.1) + 0.7 * np.eye(3)[(GOLD + 1) % 3]
EVEN = np.full((60, 3), 1 / 3)


def write(path, rows, shares, labels=STANCE_LABELS):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt") if path.suffix == ".gz" else path.open("w") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "target", "gold", "predicted", *(f"p_{label}" for label in labels)])
        for row, share in zip(rows, shares, strict=True):
            writer.writerow([row.id, row.target, row.stance, labels[share.argmax()], *share])


@pytest.fixture
def results(tmp_path):
    def write_member(name, shares, seed=0):
        for split, rows, part in (("valid", VALID, shares[:40]), ("test", TEST, shares[40:])):
            write(tmp_path / f"predictions/{name}_seed{seed}_{split}.csv.gz", rows, part)

    write_member("good", GOOD)
    write_member("bad", BAD)
    write_member("even", EVEN)
    write_member("two", GOOD, 0)
    write_member("two", EVEN, 1)
    return tmp_path


@pytest.fixture
def make(results):
    def make(*members, **options):
        return EnsembleModel(labels=STANCE, members=members, results=str(results), **options)

    return make


def predict(model, rows):
    return model.predict_proba(rows)["stance"]


@pytest.fixture
def runs(tmp_path):
    """Two runs' folders: a saved model, and their held-out predictions."""
    for number, shares in enumerate((GOOD, EVEN)):
        run = tmp_path / f"runs/majority_seed{number}"
        write(run / "predictions/valid.csv", VALID, shares[:40])
        model = MajorityModel(labels=STANCE).fit(ROWS[number * 10 :], [])
        save_model(model, run / "model", {"target_is_given": True}, "# Card\n")
    return tmp_path / "runs"


def test_it_is_a_model(make):
    assert isinstance(make("good", "bad"), Model)


def test_the_average_weights_members_equally_whatever_their_seeds(make):
    model = make("two", "bad").fit([], VALID)
    expected = ((GOOD + EVEN) / 2 + BAD) / 2
    np.testing.assert_allclose(predict(model, ROWS), expected)
    np.testing.assert_allclose(predict(model, ROWS[::-1]), expected[::-1])


def test_a_member_can_be_one_seed(make):
    model = make("two_seed1", "bad").fit([], VALID)
    np.testing.assert_allclose(predict(model, TEST), (EVEN + BAD)[40:] / 2)


def test_members_that_were_not_validated_can_be_averaged(make, results):
    for path in (results / "predictions").glob("*_valid.csv.gz"):
        path.unlink()
    np.testing.assert_allclose(predict(make("good", "bad").fit(VALID, []), TEST), (GOOD + BAD)[40:] / 2)


def test_gold_labels_are_not_read_in_prediction(make):
    model = make("good", "bad").fit([], VALID)
    blind = [replace(row, stance=None) for row in ROWS]
    assert (predict(model, blind) == predict(model, ROWS)).all()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    odds=arrays(float, (60, 3), elements=st.floats(0.01, 100)),
    count=st.integers(2, 4),
    combination=st.sampled_from(["average", "weighted"]),
)
def test_identical_members_equal_the_member(results, odds, count, combination):
    shares = odds / odds.sum(axis=1, keepdims=True)
    for split, rows, part in (("valid", VALID, shares[:40]), ("test", TEST, shares[40:])):
        write(results / f"predictions/same_seed0_{split}.csv.gz", rows, part)
    model = EnsembleModel(labels=STANCE, members=["same"] * count, results=str(results), combination=combination)
    np.testing.assert_allclose(predict(model.fit([], VALID), ROWS), shares, atol=1e-12)
    assert model._combiner == pytest.approx([1 / count] * count, abs=0.1)  # a tie goes to the most equal weights


@pytest.mark.parametrize("combination", ["weighted", "stacking"])
def test_chosen_weights_trust_the_better_member(make, combination):
    model = make("bad", "good", combination=combination).fit([], VALID)
    assert (predict(model, ROWS).argmax(axis=1) == GOLD).all()


def test_stacking_makes_use_of_what_is_always_wrong(make):
    model = make("even", "bad", combination="stacking").fit([], VALID)
    assert (predict(model, ROWS).argmax(axis=1) == GOLD).all()


@pytest.mark.parametrize("combination", ["weighted", "stacking"])
def test_validation_rows_are_combined_by_what_other_rows_chose(make, results, combination, monkeypatch):
    model = make("good", "even", combination=combination).fit([], VALID)
    # A row whose gold label changes does not change its own prediction.
    other = next(label for label in STANCE_LABELS if label != VALID[0].stance)
    changed = [replace(VALID[0], stance=other), *VALID[1:]]
    for member, shares in (("good", GOOD), ("even", EVEN)):
        write(results / f"predictions/{member}_seed0_valid.csv.gz", changed, shares[:40])
    again = make("good", "even", combination=combination)
    folds = cut_folds(GOLD[:40], CHOICE_FOLDS, model.seed)
    monkeypatch.setattr("janib.models.ensemble.model.cut_folds", lambda *_: folds)
    np.testing.assert_array_equal(predict(again.fit([], changed), VALID[:1]), predict(model, VALID[:1]))


def test_held_out_training_rows_choose_before_validation_rows(make):
    # As in a cross-validation: among the training rows good is right, among the validation rows bad is.
    train, valid = VALID[:30], VALID[30:]
    model = make("good", "bad", combination="weighted").fit(train, valid)
    assert (predict(model, valid).argmax(axis=1) == GOLD[30:40]).all()


@pytest.mark.parametrize("combination", COMBINATIONS)
def test_a_refit_passes_over_training_rows_without_held_out_predictions(make, combination):
    train = [*VALID, Example("x", "رأي", "الحزب", stance="favor")]
    refit = make("good", "even", combination=combination).fit(train, [])
    np.testing.assert_allclose(
        predict(refit, TEST), predict(make("good", "even", combination=combination).fit([], VALID), TEST)
    )


@pytest.mark.parametrize("combination", COMBINATIONS)
def test_saved_models_score_new_rows_and_come_back_the_same(runs, tmp_path, combination):
    members = [f"{runs}/majority_seed0/model", f"{runs}/majority_seed1/model"]
    model = EnsembleModel(labels=STANCE, members=members, combination=combination).fit([], VALID)
    save_model(model, tmp_path / "saved", {"target_is_given": True}, "# Card\n")
    for run in runs.iterdir():  # the saved folder works by itself
        run.rename(run.with_name(f"gone_{run.name}"))
    loaded = load_classifier(tmp_path / "saved")
    assert isinstance(loaded.model, EnsembleModel)
    np.testing.assert_array_equal(predict(loaded.model, TEST), predict(model, TEST))
    assert loaded.predict(["رأي جديد"], "الحزب")[0].label in STANCE_LABELS
    save_model(loaded.model, tmp_path / "again", {"target_is_given": True}, "# Card\n")
    np.testing.assert_array_equal(predict(load_classifier(tmp_path / "again").model, TEST), predict(model, TEST))


def test_a_pattern_of_saved_models_is_one_member_of_several_seeds(runs, make):
    model = make(f"{runs}/majority_seed*/model", "bad").fit([], VALID)
    np.testing.assert_allclose(predict(model, VALID), ((GOOD + EVEN) / 2 + BAD)[:40] / 2)
    shares = [np.bincount(GOLD[number * 10 :], minlength=3) / (60 - number * 10) for number in range(2)]
    np.testing.assert_allclose(predict(model, TEST), (np.mean(shares, axis=0) + BAD[40:]) / 2)


def test_a_loaded_ensemble_of_files_scores_no_text(make, tmp_path):
    save_model(make("good", "bad").fit([], VALID), tmp_path / "saved", {"target_is_given": True}, "# Card\n")
    loaded = load_classifier(tmp_path / "saved")  # its rows are numbered from 0, as those of the files are
    with pytest.raises(DataError) as error:
        loaded.predict(["رأي جديد"], "المجلس")
    assert str(error.value) == (
        "row '0' (target 'المجلس'): 'good' has only prediction files, which hold the rows of test splits, and "
        "not this one; run the members on the same data, split and split_seed as the ensemble, or name saved models"
    )


def expect(error, message, call):
    with pytest.raises(error) as raised:
        call()
    assert str(raised.value) == message


def test_a_row_without_an_entry(make):
    row = Example("x9", "رأي", "الحزب", stance="favor")
    model = make("good", "bad").fit([], VALID)
    tail = "run the members on the same data, split and split_seed as the ensemble, or name saved models"
    expect(
        DataError,
        "row 'x9' (target 'الحزب'): 'good' has only prediction files, which hold the rows of test splits, and "
        f"not this one; {tail}",
        lambda: model.predict_proba([row]),
    )
    expect(
        DataError,
        f"row 'x9' (target 'الحزب'): 'good' has no held-out prediction for it; {tail}",
        lambda: make("good", "bad").fit([], [*VALID, row]),
    )


def test_predictions_of_other_data(make):
    model = make("good", "bad").fit([], VALID)
    expect(
        DataError,
        "row '40' has the target 'النقابة', but 'المجلس' in the predictions: they are of other data",
        lambda: model.predict_proba([replace(TEST[0], target="النقابة")]),
    )
    expect(
        DataError,
        "row '0' has the stance favor, but against in the predictions of 'good': they are of other data or of "
        "another task",
        lambda: make("good", "bad").fit([], [replace(VALID[0], stance="favor"), *VALID[1:]]),
    )


def test_nothing_to_choose_by(make):
    train = [replace(row, id=f"train{row.id}") for row in VALID]
    expect(
        DataError,
        "combination=stacking chooses by held-out predictions, and the members have none for the training rows; run "
        "them on the same data, split and split_seed as the ensemble, or use average",
        lambda: make("good", "bad", combination="stacking").fit(train, []),
    )


def test_an_unknown_member(make, results):
    expect(
        ConfigError,
        f"member 'god' has no predictions in {results}/predictions; did you mean 'good'? "
        "there are those of bad, even, good, two",
        lambda: make("god", "bad").fit([], VALID),
    )
    expect(
        ConfigError,
        "member 'runs/none/model' is no saved model: no folder of that path holds janib.json",
        lambda: make("runs/none/model", "bad").fit([], VALID),
    )
    expect(
        ConfigError,
        "member 'good' is a row of a table, and results names none; set results=experiments/results/TABLE, or give "
        "the path of a saved model",
        lambda: EnsembleModel(labels=STANCE, members=["good", "bad"]).fit([], VALID),
    )


def test_an_unknown_option(make, results):
    expect(
        ConfigError,
        "combination=averge is unknown; did you mean 'average'? expected one of average, weighted, stacking",
        lambda: make("good", "bad", combination="averge"),
    )
    expect(
        ConfigError,
        "members=['good']: expected a list of at least two, as [e5_small_ar, tfidf_logreg]",
        lambda: EnsembleModel(labels=STANCE, members=["good"]),
    )
    expect(
        ConfigError,
        "combination=weighted is for one task; use average for stance and sentiment",
        lambda: EnsembleModel(labels=BOTH, members=["good", "bad"], combination="weighted"),
    )
    expect(
        ConfigError,
        "member 'good' is prediction files, which are of one task; name saved models for stance and sentiment",
        lambda: EnsembleModel(labels=BOTH, members=["good", "bad"], results=str(results)).fit(ROWS, []),
    )
    expect(
        ConfigError,
        "an ensemble for several tasks has no held-out predictions to validate; set split.used=0",
        lambda: EnsembleModel(labels=BOTH, members=["good", "bad"]).fit(ROWS, VALID),
    )
    expect(
        ConfigError,
        "metric=favg is unknown; did you mean 'favg3'?",
        lambda: make("good", "bad", combination="weighted", metric="favg").fit([], VALID),
    )


def test_seeds_of_different_rows(make, results):
    folder = results / "predictions"
    write(folder / "two_seed1_valid.csv.gz", VALID[1:], EVEN[1:40])
    expect(
        DataError,
        f"{folder}/two_seed0_valid.csv.gz and {folder}/two_seed1_valid.csv.gz do not have the same rows (only one "
        "has '0'); seeds are averaged row by row, so run them on the same split",
        lambda: make("two", "bad").fit([], VALID),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has the columns nothing, expected id, target, gold, predicted, p_against, p_neutral, p_favor"),
        ("id,p_x\n", "has the columns id, p_x, expected id, target, gold, predicted, p_against, p_neutral, p_favor"),
        ("1,الحزب,favor,favor,0.5,0.5\n", "row 1: expected an id, a target, two labels and 3 probabilities"),
        ("1,الحزب,favor,favor,a,b,c\n", "row 1: expected an id, a target, two labels and 3 probabilities"),
        ("1,الحزب,favor,favor,1,1,1\n", "row 1: expected an id, a target, two labels and 3 probabilities"),
        ("1,ح,favor,favor,0,0,1\n" * 2, "row 2: the id '1' is there twice; every row needs its own"),
    ],
)
def test_a_damaged_file(make, results, text, message):
    header = "" if text.startswith("id") or not text else "id,target,gold,predicted,p_against,p_neutral,p_favor\n"
    path = results / "predictions/good_seed0_valid.csv.gz"
    path.write_bytes(gzip.compress((header + text).encode()))
    with pytest.raises(DataError) as error:
        make("good", "bad").fit([], VALID)
    assert str(error.value).replace(", row", " row", 1) == f"{path} {message}"


def test_a_file_cut_off(make, results):
    path = results / "predictions/good_seed0_valid.csv.gz"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(DataError, match=r"cannot be read .*restore it, or run its row of the table again"):
        make("good", "bad").fit([], VALID)


def test_a_saved_model_of_another_task(tmp_path, make):
    rows = [Example(str(i), "نص", sentiment=label) for i, label in enumerate(SENTIMENT_LABELS)]
    folder = tmp_path / "run/model"
    model = MajorityModel(labels={"sentiment": SENTIMENT_LABELS}).fit(rows, [])
    save_model(model, folder, {"target_is_given": True}, "# Card\n")
    expect(
        ModelError,
        f"{folder} answers {{'sentiment': {SENTIMENT_LABELS}}}, but the ensemble stance as {STANCE_LABELS}; "
        "choose members that answer the same",
        lambda: make(str(folder), "bad").fit([], VALID),
    )


def test_stacking_weights_that_are_gone(runs, tmp_path):
    members = [f"{runs}/majority_seed0/model", f"{runs}/majority_seed1/model"]
    model = EnsembleModel(labels=STANCE, members=members, combination="stacking").fit([], VALID)
    (tmp_path / "saved").mkdir()
    told = json.loads(json.dumps(model.save(tmp_path / "saved")))
    (tmp_path / "saved/stacking.npz").unlink()
    expect(
        ModelError,
        f"{tmp_path}/saved/stacking.npz is missing; a model of the kind ensemble has its weights there. "
        "Copy the model folder again",
        lambda: EnsembleModel.load(tmp_path / "saved", {**told, "labels": STANCE}),
    )


def test_saved_models_are_averaged_for_several_tasks_at_once(tmp_path):
    toned = [replace(row, sentiment=SENTIMENT_LABELS[place % 5 % 3]) for place, row in enumerate(ROWS)]
    models = [MajorityModel(labels=BOTH).fit(rows, []) for rows in (toned[:30], toned[30:])]
    for number, model in enumerate(models):
        save_model(model, tmp_path / str(number), {}, "card")

    ensemble = EnsembleModel(labels=BOTH, members=[f"{tmp_path}/{number}" for number in (0, 1)]).fit(toned, [])
    save_model(ensemble, tmp_path / "both", {}, "card")
    saved = load_classifier(tmp_path / "both")

    assert saved.tasks == ("stance", "sentiment")
    for task, found in saved.model.predict_proba(TEST).items():
        np.testing.assert_allclose(found, np.mean([model.predict_proba(TEST)[task] for model in models], axis=0))
