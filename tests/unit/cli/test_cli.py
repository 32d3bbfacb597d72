import csv
import os
import subprocess
import sys
from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

import janib
from janib import corpora
from janib.cli.commands import commands
from janib.cli.console import isolate
from janib.corpora.base import Corpus, SourceFile
from janib.io.files import hash_file
from janib.schema import Example


@pytest.fixture
def one_corpus(tmp_path, monkeypatch):
    """A corpus of three rows, whose file lies in the mirror."""
    (tmp_path / "mirror").mkdir()
    path = tmp_path / "mirror" / "rows.csv"
    path.write_text("rows", encoding="utf-8")
    rows = [Example(str(number), "نص من كلمات", "[أ]", stance="favor") for number in range(3)]
    corpus = Corpus(
        name="tiny",
        title="Tiny [one]",
        homepage="https://example.org",
        licence="CC0",
        citation="Nobody",
        read=lambda _: {"train": rows},
        metrics={"stance": "macro_f1"},
        files=(SourceFile("rows.csv", "https://example.org/rows.csv", hash_file(path)),),
    )
    monkeypatch.setattr(corpora, "NAMES", ("tiny",))
    monkeypatch.setattr(corpora, "get_corpus", lambda _: corpus)
    monkeypatch.setenv("JANIB_DATA_MIRROR", str(path.parent))
    return path


def test_help_names_the_commands():
    shown = CliRunner().invoke(commands, ["--help"])
    assert shown.exit_code == 0
    for word in ("predict", "data", "Which side does an Arabic statement take?"):
        assert word in shown.stdout


def test_version(run_janib):
    assert run_janib("--version") == (0, f"janib {janib.__version__}\n", "")


def test_list(run_janib, one_corpus):
    code, out, err = run_janib("data", "list")
    assert (code, err) == (0, "")
    assert [cell.strip() for cell in out.splitlines()[3].strip("│").split("│")] == [
        "tiny",
        "stance",
        "CC0",
        "Tiny [one]",
    ]


def test_fetch(run_janib, one_corpus):
    assert run_janib("data", "fetch") == (0, f"tiny: {one_corpus}\n", "")
    one_corpus.write_text("changed", encoding="utf-8")
    code, out, err = run_janib("data", "fetch", "tiny")
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {one_corpus} has sha256 ")


def test_without_names_what_cannot_be_downloaded_is_left_out(run_janib, one_corpus, monkeypatch):
    corpus = corpora.get_corpus("tiny")
    there, not_there = replace(corpus, files=()), replace(corpus, files=(SourceFile("packed", "", "0"),))
    monkeypatch.setattr(corpora, "NAMES", ("packed", "tiny"))
    monkeypatch.setattr(corpora, "get_corpus", {"packed": not_there, "tiny": there}.__getitem__)
    monkeypatch.delenv("JANIB_DATA_MIRROR")
    code, out, err = run_janib("data", "describe")
    assert code == 0
    assert [line.split()[1] for line in out.splitlines() if line.startswith("│")] == ["tiny"]
    assert err == "packed is left out: it cannot be downloaded, and JANIB_DATA_MIRROR names no folder that holds it\n"
    code, out, err = run_janib("data", "fetch", "packed")
    assert (code, out) == (2, "")
    assert err.startswith("error: packed cannot be downloaded")


def test_describe(run_janib, one_corpus):
    code, out, err = run_janib("data", "describe", "tiny")
    assert (code, err) == (0, "")
    facts = ["source: https://example.org", "licence: CC0", "citation: Nobody", "metrics: stance by macro_f1"]
    copies = "copies: train 2 (rows with the normalised text and target of an earlier row of the split)"
    assert out.splitlines()[:6] == ["Tiny [one]", *facts, copies]
    row = next(line for line in out.splitlines() if line.startswith("│"))
    assert [cell.strip(" \u2068\u2069") for cell in row.strip("│").split("│")] == [
        "train",
        "all 1",
        "3",
        "3",
        "3",
        "0 (0%)",
        "0 (0%)",
        "3 (100%)",
    ]


def test_describe_writes_a_card(run_janib, one_corpus, tmp_path):
    code, _, err = run_janib("data", "describe", "tiny", "--out", tmp_path / "cards" / "tiny.md")
    assert (code, err) == (0, "")
    card = (tmp_path / "cards" / "tiny.md").read_text(encoding="utf-8")
    assert card.startswith("# Tiny [one]\n")
    assert "- licence: CC0\n" in card
    assert "\n## stance\n\n| split | target | rows | words | longest | against | neutral | favor |\n" in card
    assert "\n| train | all 1 | 3 | 3 | 3 | 0 (0%) | 0 (0%) | 3 (100%) |\n" in card
    assert "نص" not in card


def test_audit(run_janib, one_corpus, tmp_path):
    code, out, err = run_janib("data", "audit", "--quick", "--out", tmp_path / "audit")
    assert (code, err) == (0, "")
    assert "tiny/train" in out
    assert "findings.csv.gz (3 lines)" in out
    assert sorted(path.name for path in (tmp_path / "audit").iterdir()) == ["findings.csv.gz", "summary.md"]


def test_unknown_corpus(run_janib):
    code, out, err = run_janib("data", "describe", "mawqef")
    assert (code, out) == (2, "")
    assert err == (f"error: no corpus is called 'mawqef', only {', '.join(corpora.NAMES)}; did you mean 'mawqif'?\n")


def test_missing_model(run_janib, tmp_path, corpus_file):
    before = sorted(tmp_path.iterdir())
    assert run_janib("predict", "--model", tmp_path / "none", corpus_file, tmp_path / "out.csv") == (
        2,
        "",
        f"error: {tmp_path}/none does not exist; expected a model folder, one that holds janib.json\n",
    )
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "arguments", [["predict"], ["predict", "in.csv"], ["predict", "-m", "m", "-", "--format", "xml"], ["prdict"]]
)
def test_usage_errors(run_janib, arguments):
    assert run_janib(*arguments)[:2] == (2, "")


def test_predict_on_the_example_of_the_fixtures(run_janib, tmp_path, model_folder, corpus_file):
    code, out, _ = run_janib("predict", "-m", model_folder, corpus_file, tmp_path / "out.csv")
    assert (code, out) == (0, "")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[1] == (
        "a1,رحّب الوزير باتفاق الموانئ,اتفاق الموانئ,favor,favor,0.25,0.25,0.5,yes,"
    )


def test_a_reader_that_goes_away_is_no_crash(tmp_path, model_folder):
    command = [sys.executable, "-m", "janib.cli", "predict", "-m", str(model_folder), "-", "-", "--target", "أ"]
    rows = "text\n" + "نص\n" * 50_000
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    (tmp_path / "in.csv").write_text(rows, encoding="utf-8")
    with (
        (tmp_path / "in.csv").open("rb") as source,
        subprocess.Popen(
            command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        ) as process,
    ):
        assert process.stdout.readline() == b"text,predicted,p_against,p_neutral,p_favor,target_found,error\n"
        assert process.stdout.readline().decode() == "نص,favor,0.25,0.25,0.5,no,\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_bytes_that_could_not_be_read_can_be_shown():
    assert isolate("نص \udce4 و\ud83d").encode() == "\u2068نص \\udce4 و\\ud83d\u2069".encode()


def list_parameters(command, path="janib"):
    for parameter in command.params:
        yield f"{path} {parameter.name}", getattr(parameter, "help", None) or ""
    for name, inner in getattr(command, "commands", {}).items():
        yield f"{path} {name}", inner.help or ""
        yield from list_parameters(inner, f"{path} {name}")


def test_every_command_argument_and_flag_is_explained():
    found = dict(list_parameters(typer.main.get_command(commands)))
    assert len(found) > 50
    assert [name for name, text in found.items() if not text] == []


def test_help_shows_defaults_in_brackets_and_names_in_capitals():
    shown = " ".join(CliRunner().invoke(commands, ["predict", "--help"], env={"COLUMNS": "200"}).output.split())
    assert "[default: the one that ships]" in shown
    assert "p_LABEL, target_found and error. If a row cannot be labelled, error says why." in shown


STATEMENTS = """text,target
أدانت مصر التدخلات الإيـرانية,إيران
رحّبت الوزارة بقرارٍ للمحكمة,المحكمة
رحبت الوزارة بقرار المحكمة,إيران
زار الوزير المصرف,مصر
#الاتفاق_النووي خطوة جيدة 🙂,الاتفاق النووي
The minister praised the court,court
,إيران
"""
FOUND = ["yes", "yes", "no", "no", "yes", "yes", ""]


@pytest.fixture
def statements(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text(STATEMENTS, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("unnamed", "labelled"), [((), 4), (("--unnamed", "withhold"), 4), (("--unnamed", "label"), 6)]
)
def test_a_label_is_withheld_where_the_target_is_not_named(run_janib, tmp_path, statements, unnamed, labelled):
    code, _, err = run_janib("predict", statements, tmp_path / "out.csv", *unnamed)
    assert code == 0
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["target_found"] for row in rows] == FOUND
    assert sum(bool(row["predicted"]) for row in rows) == labelled
    assert all(row["p_favor"] for row in rows[:-1])
    assert ", 2 do not name the target, 1 hardly Arabic, " in err
    assert ("the label is withheld" in err) == (labelled == 4)


def test_a_model_without_names_labels_every_row(run_janib, tmp_path, statements, model_folder):
    code, _, err = run_janib("predict", "-m", model_folder, statements, tmp_path / "out.csv")
    assert (code, "withheld" in err) == (0, False)
    assert ", 2 do not name the target, " in err


def test_a_typed_text_is_answered(run_janib):
    text = "رحّبت الوزارة بقرار المحكمة"
    code, out, err = run_janib("predict", text, "--target", "المحكمة")
    assert (code, err) == (0, "")
    assert "favor" in out
    code, out, _ = run_janib("predict", text, "--target", "إيران")
    assert (code, "withheld" in out, "not named" in out, "--unnamed label" in out) == (0, True, True, True)
    said = "error: the model judges a text towards a target; name it with --target\n"
    assert run_janib("predict", text) == (2, "", said)
    assert run_janib("explain", text) == (2, "", said)
    code, out, err = run_janib("explain", text, "--target", "المحكمة")
    assert (code, err) == (0, "")
    assert "\u2068رحّبت\u2069" in out
    said = "error: a typed text is answered on the terminal, not in out.csv; put it in a file for that\n"
    assert run_janib("predict", text, "out.csv", "--target", "المحكمة") == (2, "", said)
    code, out, err = run_janib("analyse", "أدانت مصر موقف إثيوبيا من السد، ورحبت بجهود قطر")
    assert (code, err) == (0, "")
    assert "1 article, 1 statement, 2 parties, 2 positions (" in out


def test_a_text_that_is_hardly_arabic_is_said(run_janib):
    code, out, _ = run_janib("analyse", "The minister praised France, and Egypt too.")
    assert code == 0
    assert "no position: no sentence names a party that does not speak in it" in out
    assert "hardly Arabic, so that little or nothing is found: 1 (typed text)" in out


@pytest.mark.parametrize("command", ["predict", "explain", "analyse"])
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("https://example.com/a.html", "is a web address, and nothing is fetched from the web; save the page as .html"),
        ("مقال.docx", "is a document; save it as plain text: in Word, File, Save As"),
        ("report.pdf", "is a document; save it as plain text: pdftotext FILE.pdf FILE.txt"),
    ],
)
def test_what_is_no_text_gets_a_sentence_that_helps(run_janib, command, source, said):
    code, out, err = run_janib(command, source)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


@pytest.mark.parametrize(
    "command", [("analyse", "--column"), ("predict", "--text-column"), ("explain", "--text-column")]
)
def test_a_wrong_column_points_at_the_usual_one(run_janib, tmp_path, command):
    (tmp_path / "in.csv").write_text("id,outlet,date,title,text,target\n1,,,,رحبت مصر بقطر,قطر\n", encoding="utf-8")
    code, _, err = run_janib(command[0], tmp_path / "in.csv", command[1], "content")
    assert code == 2
    assert err.endswith(f"name the right one with {command[1]}; did you mean 'text'?\n")
