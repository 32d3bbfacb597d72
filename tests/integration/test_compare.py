"""``janib compare``: one command from a labelled file to a comparison."""

import csv
import json
import re
import shlex

import pytest

import janib

pytestmark = pytest.mark.usefixtures("copied_stores")

WORDS = {"favor": "أشاد الناس بعمل", "against": "رفض الناس عمل", "neutral": "التقى الناس في مقر"}
QUICK = ["--models", "majority,tfidf_nb", "--folds", "2"]


def write_opinions(path, count=48, first=0, labels=tuple(WORDS), header=("النص", "الجهة", "الموقف")):
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        words = WORDS | {"positive": WORDS["favor"], "negative": WORDS["against"]}
        for number in range(first, first + count):
            label = labels[number % len(labels)]
            filler = " ".join(f"كلمة{number * 7 + place}" for place in range(6))
            writer.writerow(
                [f"{filler} {words.get(label, 'قال')} المجلس ", "المجلس" if number % 2 else "النقابة ", label]
            )
    return path


@pytest.fixture
def compare(tmp_path, monkeypatch, run_janib):
    """Run ``janib compare`` in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    return lambda *words: run_janib("compare", *words)


def test_one_command_makes_a_comparison_and_a_second_trains_nothing(tmp_path, compare, run_janib):
    write_opinions(tmp_path / "آراء (1).csv")
    write_opinions(tmp_path / "اختبار.csv", 12, first=100)
    words = ["آراء (1).csv", "--test", "اختبار.csv", *QUICK]
    code, out, err = compare(*words)
    assert code == 0, err
    assert "the text is in the column \u2068النص\u2069; --text names another" in err
    assert "the labels are of the task stance (against, neutral, favor); --task names another" in err
    assert re.search(r"tfidf_nb +100\.00 +100\.00 to 100\.00 +\+\d\d\.\d\d", out)  # score, interval, lead over majority
    assert "best on validation: tfidf_nb, models:/janib-آراء_1-stance@champion" in out
    assert "model 'models:/janib-آراء_1-stance@champion' --text-column 'النص' --target-column 'الجهة' NEW.csv" in out
    folder = tmp_path / "outputs/own/آراء_1"
    kept = {path.name for path in folder.iterdir()}
    assert kept >= {"README.md", "table.tex", "table.png", "confusion.png", "reliability.png", "comparisons.csv"}
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert "janib compare 'آراء (1).csv' --test 'اختبار.csv' --models majority,tfidf_nb --folds 2" in page
    assert "(confusion.png)" in page
    assert "experiments/table.py" not in page

    label = janib.load("models:/janib-آراء_1-stance@champion").predict(["رفض الناس عمل المجلس"], ["المجلس"])[0].label
    assert label == "against"
    shown = re.search(r"janib (predict .*) NEW\.csv labelled\.csv", out)[1].replace("'", "").split()
    assert run_janib(*shown, "اختبار.csv", "labelled.csv")[0] == 0

    scorings = (folder / "test_scorings.csv").read_text(encoding="utf-8")
    code, again, err = compare(*words)
    assert code == 0, err
    assert err.count("has run already") == 2
    assert again == out
    assert (folder / "test_scorings.csv").read_text(encoding="utf-8") == scorings


def test_labels_of_ones_own_are_taken_as_they_are(tmp_path, compare):
    write_opinions(tmp_path / "x.csv", labels=("خبر", "سؤال"), header=("تغريدة", "صاحب الشأن", "الفئة"))
    code, out, err = compare("x.csv", *QUICK, "--name", "أنواع", "-o", "نتائج")
    assert code == 0, err
    assert "the labels are of the task label (as they are)" in err
    assert "no column is known to hold the target" in err
    assert "for stance add --target COLUMN --task stance" in err
    assert "models:/janib-أنواع-label@champion" in out
    assert json.loads((tmp_path / "نتائج/runs").glob("*/tfidf_nb_seed0/metrics.json").__next__().read_text("utf-8"))


def test_a_file_without_targets_has_no_row_for_each_target(tmp_path, compare):
    write_opinions(tmp_path / "x.csv", labels=("positive", "negative"), header=("text", "سنة", "label"))
    code, out, err = compare("x.csv", "--models", "majority,lexicon,tfidf_per_target", "--folds", "2")
    assert code == 0, err
    assert "the labels are of the task sentiment" in err
    assert "lexicon" in out
    assert "tfidf_per_target" not in out
    assert "--text-column" not in out  # it has the field's name


REFUSED = {
    ("gone.csv",): "gone.csv does not exist",
    ("x.csv", "--text", "نص"): "has no column 'نص'",
    ("x.csv", "--label", "الموقفف"): "has no column 'الموقفف'",
    ("x.csv", "--test", "gone.csv"): "gone.csv does not exist",
    ("x.csv", "--word", "faver=مع"): "--word faver=مع: expected LABEL=WORD, a label of against, neutral, favor",
    ("x.csv", "--word", "مع"): "--word مع: expected LABEL=WORD",
    ("x.csv", "--word", "favor=نعم", "--word", "against=نعم"): "'نعم' is given to against and to favor",
    ("x.csv", "--word", "positive=نعم"): "--word positive= is given, but the labels of the task stance are against,",
    ("x.csv", "--task", "label", "--word", "favor=نعم"): "the labels of the task label are the file's own, as they are",
    ("x.csv", "--models", "majority,tfidf_nbb"): "--models tfidf_nbb: expected some of ",
    ("x.csv", "--metric", "f1_macro"): "did you mean 'macro_f1'",
    ("x.csv", "--name", "mawqif"): "--name mawqif: a corpus has this name",
    ("x.csv", "--name", "أ/ب"): "expected at most 80 letters",
    ("x.csv", "--name", "../../خارج"): "expected at most 80 letters",
    ("x.csv", "--folds", "40", *QUICK[:2]): "too few for 40 parts; lower --folds",
    ("x.csv", "--id", "الجهة"): "is already in row 1",
    ("x.csv", "--target", "false", "--task", "stance"): "--target is False, expected the name",
    ("x.csv", "--out", "x.csv"): "x.csv is a file, expected a folder; name one",
    ("x.csv", "--out", "mine"): "mine holds a README.md that no table has written, and would lose it; name a new",
    ("slips.csv",): "Say what it means: --word '<against|neutral|favor>=fvr؟'\n",
    ("doubt.csv",): "the text may be in the column 'النص' or 'التعليق'; say which with --text",
}


@pytest.mark.parametrize(("words", "message"), REFUSED.items())
def test_what_cannot_be_compared_is_one_error_before_any_training(tmp_path, compare, words, message):
    write_opinions(tmp_path / "x.csv", 30)
    write_opinions(tmp_path / "slips.csv", 30, labels=(*WORDS, "fvr؟"))
    (tmp_path / "doubt.csv").write_text("النص,التعليق,الموقف\n", encoding="utf-8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/README.md").write_text("# Mine\n", encoding="utf-8")
    before = set(tmp_path.parent.rglob("*"))
    code, _, err = compare(*words)
    assert code == 2
    assert message in err
    assert set(tmp_path.parent.rglob("*")) == before  # no folder is left, nor a log
    assert err.count("error: ") == 1
    assert "Traceback" not in err
    assert "data." not in err[err.index("error: ") :]  # flags, not the configs' keys


def test_an_encoder_that_is_nowhere_is_named(tmp_path, compare):
    write_opinions(tmp_path / "x.csv", 30)
    code, _, err = compare("x.csv", "--encoder", "لا يوجد")
    assert code == 2
    assert "لا يوجد" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "word", ["نعم لا", "x", "لا أدري $(rm) `x`", "أ'ب", 'قال "نعم"', "a|b<c>", "مُؤَيِّـد 👍", "=", "1"]
)
def test_the_advice_for_a_word_can_be_typed(tmp_path, compare, word):
    write_opinions(tmp_path / "x.csv", 30, labels=(*WORDS, word))
    _, _, err = compare("x.csv")
    advice = re.search(r"Say what it means: (--word .*)", err)[1]
    typed = [part.replace("<against|neutral|favor>", "favor") for part in shlex.split(advice)]
    assert typed == ["--word", f"favor={word}"]
    _, _, err = compare("x.csv", *typed, "--folds", "40")
    assert "too few for 40 parts" in err  # which is looked at after the words


def test_the_advice_for_shared_ids_can_be_typed(tmp_path, compare):
    (tmp_path / "x.csv").write_text(
        "رقم المقال,النص,target,الموقف\n" + "7,قول,المجلس,مع\n" * 3 + "8,رأي,النقابة,ضد\n", encoding="utf-8"
    )
    named = ["x.csv", "--folds", "40"]
    _, _, err = compare(*named, "--id", "رقم المقال")
    advice = shlex.split(re.search(r"in one fold: (--id .*)", err)[1])
    assert advice == ["--id", "false", "--group", "رقم المقال"]
    for more in ([], ["--target", "false", "--task", "label"], ["--group", "false"]):
        _, _, err = compare(*named, *advice, *more)
        assert "too few for 40 parts" in err  # which is looked at after the ids
