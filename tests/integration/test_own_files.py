"""A user's own files through ``experiments/train.py`` and ``experiments/evaluate.py``: what is told, and when."""

import json
import shutil
from pathlib import Path

import pytest
from transformers import BertConfig, BertModel

from janib.models.majority import MajorityModel

pytestmark = pytest.mark.usefixtures("copied_stores")

WORDS = {"favor": "نرحّب بقرار", "against": "نرفض موقف", "neutral": "اجتمع وفد"}


def write_rows(path, rows=30, labels=("favor", "against", "neutral"), target="المجلس"):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{' '.join(f'كلمة{number * 7 + place}' for place in range(6))} {WORDS[label]} {target},{target},{label}"
        for number in range(rows)
        for label in [labels[number % len(labels)]]
    ]
    path.write_text("\n".join(["text,target,stance", *lines, ""]), encoding="utf-8")
    return path


@pytest.fixture
def train(tmp_path, run_script):
    def run(path, *overrides, script="train"):
        given = ["data=csv", f"data.path={path}", "hydra.run.dir=out", "ledger=scorings.csv", *overrides]
        return run_script(tmp_path, script, *given)

    return run


def test_two_files_of_one_name_that_are_the_same(tmp_path, train):
    path = write_rows(tmp_path / "train" / "data.csv")
    test = shutil.copytree(tmp_path / "train", tmp_path / "test") / "data.csv"
    done = train(path, f"data.test_path={test}", "model=majority")
    assert done.returncode == 0, done.stderr
    leak = "the texts of 30 of 30 rows of test stand in training too, 30 word for word"
    assert leak in done.stderr
    assert "train: 30 rows; 1 target; stance: against 10, neutral 10, favor 10; a text has " in done.stderr
    assert "test: stance is never predicted: neutral (10 of 30 rows), favor (10 of 30 rows)" in done.stderr
    notes = {
        note["kind"]: note["sentence"] for note in json.loads((tmp_path / "out/profile.json").read_text())["notes"]
    }
    assert leak in notes["leak"]
    card = (tmp_path / "out/model/README.md").read_text(encoding="utf-8")
    assert f"- {leak}" in card
    assert "| test/macro_f1 |" in card
    (logged,) = tmp_path.rglob("mlartifacts/**/profile.json")
    assert logged.read_bytes() == (tmp_path / "out/profile.json").read_bytes()


def find_runs(tmp_path):
    return [path for name in ("out/config.yaml", "out/model", "mlflow.db") if (path := tmp_path / name).exists()]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["data.metric=f1_macro"],
            "error: data.metric=f1_macro: score 'f1_macro' is unknown, expected one of accuracy, ",
        ),
        (["data.metric=brier"], "error: data.metric=brier: score 'brier' is unknown"),
        (["data.metric=accuracy/council"], "error: data.metric=accuracy/council: score 'accuracy/council' is unknown"),
        (
            ["tracking.artifacts=train.csv/x"],
            "error: tracking.artifacts=train.csv/x cannot be written: Not a directory",
        ),
        (["ledger=train.csv/x"], "error: ledger=train.csv/x cannot be written: "),
        (["data.path=one.csv"], "error: task 'stance' has 1 classes in the training rows (favor), expected at least 2"),
        (
            ["data.test_path=long.csv", "model=tiny"],
            "error: test row '1': the target has more than 64 tokens, half of ",
        ),
        (["model=tiny", "model.encoder=no/such"], "error: "),
    ],
)
def test_what_can_be_told_is_told_before_training(tmp_path, train, monkeypatch, overrides, message):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    path = write_rows(tmp_path / "train.csv")
    write_rows(tmp_path / "one.csv", labels=["favor"])
    write_rows(tmp_path / "long.csv", rows=3, target="كلام طويل " * 40)
    done = train(path, "model=majority", *overrides)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("error: ") == 1
    assert "fitting on" not in done.stderr
    assert find_runs(tmp_path) == []


def test_rows_that_an_encoder_cannot_read_are_skipped_if_asked_and_cut_texts_counted(tmp_path, train):
    path = write_rows(tmp_path / "train.csv")
    with path.open("a", encoding="utf-8") as stream:
        stream.write(f"نص,{'كلام طويل ' * 40},favor\n{'نص طويل ' * 200},المجلس,favor\n")
    done = train(path, "model=tiny", "data.bad_rows=skip", "model.training.epochs=1", "split.used=0")
    assert done.returncode == 0, done.stderr
    assert "left out: train row '31': the target has more than 64 tokens, half of max_length 128" in done.stderr
    assert (
        "train: 1 of 32 texts are longer than model.max_length=128 tokens and are cut in training; "
        "the median of these loses" in done.stderr
    )


@pytest.fixture
def arabic_encoder(tmp_path):
    """An encoder that knows Arabic letters, one digit and a comma."""
    letters = [*"ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي", "3", "،"]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(vocab_size=len(pieces), **size)).save_pretrained(tmp_path / "encoder")
    (tmp_path / "encoder" / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
    return tmp_path / "encoder"


@pytest.mark.parametrize(
    ("text", "target", "found"),
    [
        ("نرفضُ القـــرار\u200f في ٣ مواد، لا شكّ", "قَرار المجلس", []),
        ("we reject قرار المجلس, آلآن", "قرار المجلس", ["% of the tokens of the texts (more than 2 % means"]),
        ("نرفض قرار المجلس", "Covid Vaccine", ["lacks words of 1 of 1 targets, such as 'Covid Vaccine';"]),
        (
            "we say نرفضه",
            "حزب Work",
            ["% of the tokens of the texts (more", "and words of 1 of 1 targets, such as 'حزب Work'"],
        ),
    ],
)
def test_an_encoder_that_does_not_know_the_words_is_told_once(tmp_path, train, arabic_encoder, text, target, found):
    path = tmp_path / "train.csv"
    rows = [f'"{text} {word}","{target}",{label}' for _ in range(3) for label, word in WORDS.items()]
    path.write_text("\n".join(["text,target,stance", *rows, ""]), encoding="utf-8")
    options = ["model=arabert_v02", f"model.encoder={arabic_encoder}", "model.training.epochs=1", "split.used=0"]
    done = train(path, *options)
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stderr.splitlines() if "the encoder's vocabulary lacks" in line]
    assert len(told) == bool(found), done.stderr
    for line in told:
        assert all(words in line for words in found)
        assert done.stderr.index(line) < done.stderr.index("refitting on")


def test_a_model_is_saved_before_the_test_rows_are_scored(tmp_path, train, monkeypatch):
    path = write_rows(tmp_path / "train.csv")
    test = write_rows(tmp_path / "test.csv", rows=7)
    predict = MajorityModel.predict_proba

    def fail(model, rows):
        if len(rows) == 7:
            raise OSError(5, "Input/output error", "test.csv")
        return predict(model, rows)

    monkeypatch.setattr(MajorityModel, "predict_proba", fail)
    done = train(path, f"data.test_path={test}", "model=majority")
    assert done.returncode == 2
    assert (tmp_path / "out/model/janib.json").is_file()
    assert "| valid/macro_f1 |" in (tmp_path / "out/model/README.md").read_text(encoding="utf-8")


def test_a_held_out_file_is_scored_as_a_test_set(tmp_path, train):
    path = write_rows(tmp_path / "train.csv")
    assert train(path, "task=label", "data.columns.label=stance", "model=tfidf_logreg").returncode == 0
    held_out = write_rows(tmp_path / "held.csv", rows=8, labels=["favor", "against"])
    given = ["saved=out/model", "task=label", "data.columns.label=stance", "hydra.run.dir=scored"]
    done = train(held_out, *given, script="evaluate")
    assert done.returncode == 0, done.stderr
    assert "test: label macro_f1 " in done.stderr
    assert "train" not in done.stderr
    scores = json.loads((tmp_path / "scored/metrics.json").read_text())
    assert {key.split("/")[0] for key in scores} == {"test"}
    assert ",test," in Path(tmp_path / "scorings.csv").read_text()
