import hashlib
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from transformers import pipeline

import janib
from janib.errors import ConfigError, DataError, ModelError
from janib.labels import SARCASM_LABELS, SENTIMENT_LABELS, STANCE_LABELS, TASK_LABELS
from janib.models.base import Model
from janib.models.export import export
from janib.models.export.comparison import compare_models
from janib.models.export.traced import trace_module
from janib.models.onnx import OnnxModel, compute_gaps, count_cores
from janib.models.probe import FEWEST_ROWS, ProbeModel
from janib.models.store import load_model, save_model
from janib.models.transformer.model import TransformerModel
from janib.schema import Example

pytestmark = pytest.mark.usefixtures("one_thread")

TEXTS = {"against": "نرفض هذا القرار", "neutral": "صدر القرار أمس 👍🏽", "favor": "نُؤيّد القـــرار كثيرا"}
ROWS = [
    Example(f"{stance}{i}", f"{text} {'جدا ' * (i % 5)}", "القرار", stance=stance, sentiment=SENTIMENT_LABELS[i % 3])
    for i in range(6)
    for stance, text in TEXTS.items()
]
ROWS = [replace(row, sarcasm=SARCASM_LABELS[row.stance == "favor"]) for row in ROWS]
ODD = [
    Example("long", "قال الناطق: «لا»، ثم «نعم»! " * 20, "الناطق", speaker="الوزير"),
    Example("unnamed", "لا شيء هنا", "الحكومة"),
    Example("alone", "لا هدف له"),
    *ROWS,
]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module", autouse=True)
def one_trace(place):
    """Let torch trace a network of the same weights once: it takes seconds, and what is made of the graph is tested."""

    def trace(exportable, path):
        weights = b"".join(one.numpy().tobytes() for one in exportable.module.state_dict().values())
        kept = place / f"{type(exportable.module).__name__}-{hashlib.sha256(weights).hexdigest()}.onnx"
        if not kept.exists():
            trace_module(exportable, kept)
        shutil.copyfile(kept, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "trace_module", trace)
        yield


@pytest.fixture(scope="module")
def trained(place, one_thread):
    """A transformer's folder; nearly sure of its labels, so that rounding does not change them."""
    settings = {"cleaning": ["strip_tatweel"], "max_length": 64, "hide_target": True, "fields": ["target", "speaker"]}
    training = {"epochs": 10, "batch_size": 9, "learning_rate": 4e-3}
    model = TransformerModel(labels=TASK_LABELS, encoder="tiny", training=training, **settings).fit(ROWS, ROWS[:6])
    card = "---\nlibrary_name: transformers\n---\n# Card\n"
    save_model(model, place / "trained", {"target_is_given": True}, card)
    return place / "trained"


@pytest.fixture(scope="module")
def checks(place):
    path = place / "rows.jsonl"
    lines = [{"text": row.text, "target": row.target, "stance": row.stance} for row in ROWS]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def exported(trained, place, checks):
    export.export_model(trained, place / "exported", check=checks)
    return place / "exported"


def test_an_exported_transformer_predicts_the_same(trained, exported):
    before, after = load_model(trained)[0], load_model(exported)[0]
    assert isinstance(after, Model)
    assert isinstance(after, OnnxModel)
    found, expected = after.predict_proba(ODD), before.predict_proba(ODD)
    assert list(found) == ["stance", "sentiment", "sarcasm"]
    for task, probabilities in expected.items():
        assert found[task].dtype == np.float64
        np.testing.assert_allclose(found[task], probabilities, atol=1e-5)
    assert 1.0 not in before.temperature.values()
    assert len(before.make_module().tokenizer.inputs) == 3
    assert after.predict_proba([])["sentiment"].shape == (0, 3)
    assert after.predict_proba([])["sarcasm"].shape == (0, 2)


def test_an_exported_graph_names_no_folder_of_the_machine_that_made_it(exported):
    assert str(Path(janib.__file__).parent).encode() not in (exported / "model.onnx").read_bytes()


def test_rows_keep_their_order_whatever_their_batch(exported):
    model = load_model(exported)[0]
    together = model.predict_proba(ODD)["stance"]
    np.testing.assert_allclose(model.predict_proba(ODD[::-1])["stance"][::-1], together, atol=1e-6)
    alone = np.concatenate([model.predict_proba([row])["stance"] for row in ODD])
    np.testing.assert_allclose(alone, together, atol=1e-6)


@pytest.mark.parametrize("name", ["exported", "quantized"])
def test_an_exported_folder_can_be_saved_again(name, request, tmp_path):
    model, manifest = load_model(request.getfixturevalue(name))
    save_model(model, tmp_path / "again", manifest["provenance"], "# Card\n")
    again, same = load_model(tmp_path / "again")
    assert same["files"] == manifest["files"]
    assert same["settings"] == manifest["settings"]
    assert (again.predict_proba(ROWS)["stance"] == model.predict_proba(ROWS)["stance"]).all()


def test_the_card_and_the_manifest_hold_the_comparison(exported):
    card = (exported / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlibrary_name: janib\n---\n# Card\n\n## Exported\n")
    assert "on 18 rows of\nrows.jsonl" in card
    provenance = load_model(exported)[1]["provenance"]
    assert provenance["target_is_given"] is True
    stance = provenance["export"]["tasks"]["stance"]
    assert stance["agreement"] == 1
    assert 0 <= stance["difference"] < 1e-5
    assert stance["macro_f1_before"] == stance["macro_f1_after"] > 0.5
    assert provenance["export"]["tasks"]["sentiment"]["macro_f1_before"] is None


def test_without_rows_of_yours_training_rows_are_compared_and_no_test_row(trained, tmp_path):
    export.export_model(trained, tmp_path / "out")
    found = load_model(tmp_path / "out")[1]["provenance"]["export"]
    assert (found["compared_on"], found["rows"]) == ("statements, train", 1502)
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "1,502 rows of\nthe Janib statements' training split, on which the model may have been trained, in" in card


@pytest.fixture(scope="module")
def quantized(trained, place, checks):
    export.export_model(trained, place / "quantized", quantize=True, check=checks)
    return place / "quantized"


def test_a_quantised_model_is_close_and_predicts_the_same_in_any_batch(quantized):
    model, manifest = load_model(quantized)
    found = manifest["provenance"]["export"]
    assert found["quantized"] is True
    assert 0 < found["tasks"]["stance"]["difference"] < 0.2
    alone = np.concatenate([model.predict_proba([row])["stance"] for row in ODD])
    np.testing.assert_allclose(alone, model.predict_proba(ODD)["stance"], atol=1e-6)


def test_rows_with_two_close_labels_are_scored_again_in_fp32(trained, quantized, tmp_path):
    model, manifest = load_model(quantized)
    settings = model.save(tmp_path) | {"labels": manifest["labels"]}
    assert 0 < settings["margin"] < 1
    quick, careful = (OnnxModel.load(tmp_path, settings | {"margin": margin}) for margin in (0.0, 1.0))
    answers = {name: one.predict_proba(ODD) for name, one in (("quick", quick), ("careful", careful), ("both", model))}
    exact = load_model(trained)[0].predict_proba(ODD)
    for task, expected in exact.items():
        far, near = (np.abs(answers[name][task] - expected).max() for name in ("quick", "careful"))
        assert near < far / 2
    doubtful = compute_gaps(answers["quick"]) < settings["margin"]
    for task, found in answers["both"].items():
        np.testing.assert_allclose(found[doubtful], answers["careful"][task][doubtful], atol=1e-6)
        np.testing.assert_allclose(found[~doubtful], answers["quick"][task][~doubtful], atol=1e-6)


def test_both_graphs_of_a_quantised_model_read_one_file_of_constants(quantized):
    sizes = {path.name: path.stat().st_size for path in quantized.iterdir()}
    assert {"model.onnx", "careful.onnx", "model.onnx.data"} < set(sizes)
    located = set()
    for name in ("model.onnx", "careful.onnx"):
        graph = onnx.load(quantized / name, load_external_data=False).graph
        for one in graph.initializer:
            about = {entry.key: entry.value for entry in one.external_data}
            if about:
                located.add((int(about["offset"]), int(about["length"])))
    assert sizes["model.onnx.data"] < sum(length for _, length in located) + 64 * len(located)


def test_a_model_with_other_labels_is_refused_unless_forced(trained, tmp_path, checks, monkeypatch):
    def turn(before, after, rows):
        found = compare_models(before, after, rows)
        return found | {"sentiment": replace(found["sentiment"], agreement=0.98)}

    monkeypatch.setattr(export, "compare_models", turn)
    with pytest.raises(ModelError) as raised:
        export.export_model(trained, tmp_path / "out", check=checks)
    assert str(raised.value) == (
        "the exported model gives 98.0% of 18 rows the same sentiment label, expected 99%; nothing was written. "
        "Export without --quantize, or with --force"
    )
    assert list(tmp_path.iterdir()) == []
    export.export_model(trained, tmp_path / "out", check=checks, force=True)
    assert janib.load(tmp_path / "out").tasks == ("stance", "sentiment", "sarcasm")


def test_an_exported_probe_predicts_the_same(tmp_path, checks):
    again = 1 + FEWEST_ROWS // len(ROWS)
    rows = [replace(row, target=target) for row in ROWS for target in ("القرار", "الحزب")] * again
    model = ProbeModel(labels=TASK_LABELS, encoder="tiny", prefix="query: ", max_length=48, c=1.0).fit(rows, [])
    save_model(model, tmp_path / "probe", {}, "# Card\n")
    export.export_model(tmp_path / "probe", tmp_path / "out", check=checks)
    found = load_model(tmp_path / "out")[0].predict_proba([*rows, *ODD])
    for task, probabilities in model.predict_proba([*rows, *ODD]).items():
        np.testing.assert_allclose(found[task], probabilities, atol=1e-5)


def test_only_encoders_are_exported(model_folder, tmp_path):
    with pytest.raises(ModelError) as raised:
        export.export_model(model_folder, tmp_path / "out")
    assert str(raised.value) == (f"{model_folder} is a model of the kind majority; expected a transformer or a probe")


def test_a_model_is_not_replaced_by_its_export(model_folder):
    with pytest.raises(ModelError, match=r"is both the model and its export, which would replace it"):
        export.export_model(model_folder, model_folder / "members" / "..")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("text,target\n", "{} holds no rows; expected some to compare the models on"),
        (
            "text,party\nنعم,الحزب\n",
            "{} has no column 'target', only 'text', 'party'; "
            "name the right one with --target-column; did you mean 'text'?",
        ),
        (
            "text,target,stance\nنعم,الحزب,favour\n",
            "{}, row 1 (line 2): label 'favour' is unknown, expected one of against, neutral, favor; "
            "did you mean 'favor'?",
        ),
    ],
)
def test_bad_rows_to_compare_on(trained, tmp_path, lines, said):
    path = tmp_path / "rows.csv"
    path.write_text(lines, encoding="utf-8")
    with pytest.raises(DataError) as raised:
        export.export_model(trained, tmp_path / "out", check=path)
    assert str(raised.value) == said.format(path)
    assert not (tmp_path / "out").exists()


def test_labels_of_other_tasks_are_not_read(tmp_path):
    model = TransformerModel(labels={"stance": STANCE_LABELS}, encoder="tiny", training={"epochs": 1}).fit(ROWS, [])
    save_model(model, tmp_path / "one", {"target_is_given": True}, "# Card\n")
    path = tmp_path / "rows.csv"
    path.write_text(
        "text,target,stance,sarcasm,sentiment\nنعم,الحزب,favor,يسخر منه,4\nلا,الحزب,نص,No,5\n", encoding="utf-8"
    )
    with pytest.raises(DataError, match=r"row 2 .*: label 'نص' is unknown, expected one of against, neutral, favor"):
        export.export_model(tmp_path / "one", tmp_path / "out", check=path)


def test_rows_to_compare_on_have_columns_of_their_own(trained, tmp_path):
    path = tmp_path / "rows.csv"
    lines = ["النص;الجهة", *(f"{row.text};{row.target}" for row in ROWS)]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = export.export_model(trained, tmp_path / "out", check=path, columns=("النص", "الجهة"))
    assert {one.agreement for one in found.values()} == {1.0}


def test_it_is_not_trained(exported):
    with pytest.raises(ConfigError) as raised:
        load_model(exported)[0].fit(ROWS, [])
    assert "train a transformer or a probe, then export it" in str(raised.value)


def test_a_damaged_graph_is_one_clear_error(exported, tmp_path):
    model, manifest = load_model(exported)
    broken = tmp_path / "broken"
    broken.mkdir()
    settings = model.save(broken)
    (broken / "model.onnx").write_bytes(b"\x08\x0a")
    again = OnnxModel.load(broken, {**settings, "labels": manifest["labels"]})
    with pytest.raises(ModelError, match=r"model\.onnx cannot be run .*; copy the model folder again"):
        again.predict_proba(ROWS)
    (broken / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match=r"tokenizer\.json is damaged .*; copy the model folder again"):
        OnnxModel.load(broken, {**settings, "labels": manifest["labels"]})
    (broken / "model.onnx").unlink()
    with pytest.raises(ModelError, match=r"model\.onnx is missing; copy the model folder again"):
        OnnxModel.load(broken, {**settings, "labels": manifest["labels"]})


def test_threads_share_one_model(exported):
    model = load_model(exported)[0]
    expected = model.predict_proba(ODD)["stance"]
    fresh = load_model(exported)[0]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: fresh.predict_proba(ODD)["stance"], range(24)))
    for probabilities in found:
        np.testing.assert_allclose(probabilities, expected, atol=1e-6)


FORK = """
import multiprocessing, sys, warnings
import numpy as np, janib
from janib.schema import Example
warnings.simplefilter("ignore", DeprecationWarning)  # threads and fork: what is tested
model = janib.load(sys.argv[1], threads=2).model
rows = [Example(str(i), "نرفض هذا القرار " * (i + 1), "القرار") for i in range(20)]
expected = model.predict_proba(rows)["stance"]
def answer(_):
    return model.predict_proba(rows)["stance"]
with multiprocessing.get_context("fork").Pool(2) as pool:
    for found in pool.map(answer, range(4)):
        assert np.array_equal(found, expected)
assert np.array_equal(model.predict_proba(rows)["stance"], expected)
assert not {"torch", "transformers", "onnx", "sklearn", "scipy", "pandas", "mlflow"} & set(sys.modules)
"""


@pytest.mark.parametrize("name", ["exported", "quantized"])
def test_any_number_of_threads_gives_the_same_probabilities(name, request):
    rows = [replace(row, id=f"{turn}{row.id}", text=f"{row.text} {turn}") for turn in range(20) for row in ROWS]
    found = []
    for threads in (1, 2, 7):
        model = load_model(request.getfixturevalue(name))[0]
        model.threads = threads
        found.append(model.predict_proba(rows))
        assert len(list(model.make_batches(rows))) > 2
    for other in found[1:]:
        for task, probabilities in found[0].items():
            np.testing.assert_allclose(other[task], probabilities, atol=1e-6)


def test_an_error_in_one_of_many_batches_is_one_clear_error(exported, monkeypatch):
    model = load_model(exported)[0]
    model.threads = 3
    model.predict_proba(ROWS[:1])
    session, calls = model._open_session("model.onnx"), []

    class Failing:
        def run(self, names, batch):
            calls.append(batch)
            if len(calls) == 3:
                raise ValueError("too little memory")
            return session.run(names, batch)

    monkeypatch.setattr(model, "_open_session", lambda graph: Failing())
    with pytest.raises(ModelError, match=r"model\.onnx cannot be run \(ValueError: too little memory\)"):
        model.predict_proba(ROWS * 60)
    assert len(calls) < 20


def test_a_forked_process_predicts_and_nothing_heavy_is_imported(exported):
    command = [sys.executable, "-c", FORK, str(exported)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_threads_are_chosen(exported, model_folder):
    assert janib.load(exported, threads=1).model.threads == 1
    assert janib.load(exported).model.threads == count_cores()
    with pytest.raises(ConfigError) as raised:
        janib.load(exported, threads=0)
    assert str(raised.value) == "threads is 0, expected at least 1"
    with pytest.raises(ConfigError) as raised:
        janib.load(model_folder, threads=1)
    assert str(raised.value) == "a model of the kind majority does not choose its threads; leave threads out"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processors cannot be chosen on this system")
def test_cores_are_those_that_the_process_may_use():
    allowed = os.sched_getaffinity(0)
    assert 1 <= count_cores() <= len(allowed)
    with ThreadPoolExecutor(1) as pool:

        def count_alone():
            os.sched_setaffinity(0, {min(allowed)})  # of this thread only
            return count_cores()

        assert pool.submit(count_alone).result() == 1


def test_one_head_gives_the_same_labels_through_a_pipeline(tmp_path):
    model = TransformerModel(labels={"stance": STANCE_LABELS}, encoder="tiny", training={"epochs": 5}).fit(ROWS, [])
    save_model(model, tmp_path / "model", {}, "# Card\n")
    classify = pipeline("text-classification", model=str(tmp_path / "model"), device="cpu")
    found = classify([{"text": row.target, "text_pair": row.text} for row in ROWS])
    ours = janib.load(tmp_path / "model").predict([row.text for row in ROWS], [row.target for row in ROWS])
    assert [one["label"] for one in found] == [one.label for one in ours]
    np.testing.assert_allclose(
        [one["score"] for one in found], [one.probabilities[one.label] for one in ours], atol=1e-6
    )
