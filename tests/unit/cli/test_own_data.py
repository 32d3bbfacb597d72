"""``janib data describe`` and ``audit`` of a user's own files."""

import sys

import pytest

ROWS = [
    f"{words} {' '.join(f'كلمة{number * 7 + place}' for place in range(6))},{target},{label}"
    for number, (words, label) in enumerate([("نشكر لهم", "مع"), ("نرفض ما فعلوا", "ضد")] * 8)
    for target in ["البلدية" if number % 3 else "البلديه"]
]
COLUMNS = ["--text-column", "النص", "--target-column", "الجهة", "--label-column", "الموقف"]


def write(path, rows=ROWS, header="النص,الجهة,الموقف"):
    path.write_text("\r\n".join([header, *rows, ""]), encoding="utf-8-sig", newline="")
    return path


@pytest.fixture
def base_installation(monkeypatch):
    """Take the packages of the extra ``experiments`` away."""
    for name in [name for name in sys.modules if name.startswith(("janib.corpora.duplicates", "janib.corpora.audit"))]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("datasketch", "scipy", "sklearn", "cleanlab"):
        monkeypatch.setitem(sys.modules, name, None)


def test_an_own_file_is_described(run_janib, tmp_path):
    path, test = write(tmp_path / "آراء (1).csv"), write(tmp_path / "test.csv", ROWS[:4])
    code, out, err = run_janib("data", "describe", path, "--test", test, *COLUMNS, "--out", tmp_path / "card.md")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "own file آراء (1).csv"
    assert lines[1] == "spelling: 2 spellings of one target, read as the first: 'البلدية' (12), 'البلديه' (8)."
    assert "leak: the texts of 4 of 4 rows of test stand in training too, 4 word for word;" in out
    assert "ضد" in out
    card = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert "\n- leak: the texts of 4 of 4 rows of test" in card
    assert "كلمة" not in card + out


def test_columns_with_the_usual_names_need_not_be_named(run_janib, tmp_path):
    path = write(tmp_path / "in.csv", [row.rsplit(",", 2)[0] + ",مع" for row in ROWS[::2]] + ["نص,ضد"], "text,stance")
    code, out, err = run_janib("data", "describe", path)
    assert code == 0, err
    assert "rare_label: only 9 training rows" in out


def test_columns_are_found_as_compare_finds_them(run_janib, tmp_path):
    path = write(tmp_path / "آراء.csv")
    named = run_janib("data", "describe", path, *COLUMNS)
    code, out, err = run_janib("data", "describe", path)
    assert (code, out) == named[:2]
    assert "the text is in the column \u2068النص\u2069; --text-column names another" in err
    assert run_janib("data", "audit", path, "--quick")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["شعر.csv"], "no column is known to hold the text; name it with --text-column, one of قصيدة"),
        (["آراء.csv", "--text-column", "نص"], "has no column 'نص', only 'النص', 'الجهة', 'الموقف'; name the right one"),
        (["آراء.csv", *COLUMNS[:2], "--label-column", "x"], "name the right one with --label-column"),
        (["gone.csv"], "gone.csv does not exist; check the path"),
        (["mawqef"], "no corpus is called 'mawqef'"),
    ],
)
@pytest.mark.parametrize("verb", ["describe", "audit"])
def test_what_cannot_be_read_is_one_error(run_janib, tmp_path, monkeypatch, verb, arguments, message):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "آراء.csv")
    write(tmp_path / "شعر.csv", ["بيت,مع"], "قصيدة,الموقف")
    code, out, err = run_janib("data", verb, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("out", ["آراء.csv", "test.csv"])
def test_a_card_does_not_replace_the_file_that_it_describes(run_janib, tmp_path, monkeypatch, out):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "آراء.csv")
    write(tmp_path / "test.csv", ROWS[:4])
    before = (tmp_path / out).read_bytes()
    code, _, err = run_janib("data", "describe", "آراء.csv", "--test", "test.csv", *COLUMNS, "--out", out)
    assert (code, err) == (2, f"error: {out} is both input and output; name another file for the output\n")
    assert (tmp_path / out).read_bytes() == before


def test_an_audit_is_not_written_to_a_file(run_janib, tmp_path):
    path = write(tmp_path / "آراء.csv")
    code, _, err = run_janib("data", "audit", path, "--quick", "--out", path)
    assert (code, err) == (2, f"error: {path} is a file, expected a folder; name one\n")  # before the file is read


def test_own_files_are_audited(run_janib, tmp_path):
    path, test = write(tmp_path / "a.csv"), write(tmp_path / "b.csv", [ROWS[0].replace("مع", "ضد"), *ROWS[1:3]])
    code, out, err = run_janib("data", "audit", path, test, *COLUMNS, "--quick", "--out", tmp_path / "audit")
    assert (code, err) == (0, "")
    assert "findings.csv.gz (" in out
    summary = (tmp_path / "audit/summary.md").read_text(encoding="utf-8")
    (line,) = [line for line in summary.splitlines() if line.startswith(f"| {test}/train | {path}/train ")]
    assert line.split(" | ")[2:8] == ["3", "3", "3", "3", "3", "1"]


def test_the_base_installation_describes_and_says_what_an_audit_needs(run_janib, tmp_path, base_installation):
    path, test = write(tmp_path / "a.csv"), write(tmp_path / "b.csv", ROWS[:2])
    code, out, err = run_janib("data", "describe", path, "--test", test, *COLUMNS)
    assert (code, err) == (0, "")
    assert "2 word for word (near copies are found with janib[experiments]);" in out
    assert run_janib("data", "audit", path, *COLUMNS) == (
        2,
        "",
        "error: janib data audit needs packages that are not installed; "
        f"install them with: {sys.executable} -m pip install 'janib[experiments]'\n",
    )
