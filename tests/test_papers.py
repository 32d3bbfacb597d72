"""The papers of the project: they render, links lead somewhere, versions agree, READMEs say what the results say."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt

import janib

ROOT = Path(__file__).parents[1]
ARABIC = (ROOT / "README.ar.md").read_text(encoding="utf-8")
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
MARK = re.compile("<!-- value .*? -->")
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/**/*.md")]


def read_yaml(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def name_anchors(path):
    """Return the anchors that GitHub gives to the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_files_and_headings(path):
    links = re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", FENCE.sub("", path.read_text(encoding="utf-8")))
    ignored = [ROOT / line for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()]
    for name, anchor in links:
        found = path.parent / name if name else path
        if found.resolve() in ignored:  # make docs writes it, and tests/slow/test_site.py follows the link
            continue
        assert found.exists(), name
        page = found / "README.md" if found.is_dir() else found
        assert not anchor or anchor in name_anchors(page), f"{name}#{anchor}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_markup_is_left_in_the_page(path):
    page = MarkdownIt("commonmark").enable("table").render(path.read_text(encoding="utf-8"))
    shown = re.sub(r"<code.*?</code>", "", page, flags=re.DOTALL)
    assert re.findall(r".*(?:\]\(|\*\*|```|\|).*", shown) == []


def test_the_versions_agree():
    assert CITATION["version"] == janib.__version__
    versions = re.findall(r"^## (\d+\.\d+\.\d+)(?: \(unreleased\)| - \d{4}-\d\d-\d\d)?$", CHANGELOG, flags=re.MULTILINE)
    assert janib.__version__ in versions
    assert versions == sorted(versions, key=lambda one: [int(part) for part in one.split(".")], reverse=True)
    assert len(versions) == len(re.findall(r"^## ", CHANGELOG, flags=re.MULTILINE))


def test_changes_are_of_known_kinds():
    kinds = set(re.findall(r"^### (.+)$", CHANGELOG, flags=re.MULTILINE))
    assert {"Added", "Changed", "Fixed"} <= kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_one_address_of_the_project_or_none():
    addresses = {CITATION[key] for key in ("repository-code", "url") if key in CITATION}
    assert addresses <= set(PROJECT.get("urls", {}).values())
    assert bool(addresses) == bool(PROJECT.get("urls"))


def test_the_citation_is_complete():
    assert {"cff-version", "message", "title", "type", "authors", "version", "license", "abstract"} <= set(CITATION)
    assert [author["name"] for author in CITATION["authors"]] == [author["name"] for author in PROJECT["authors"]]
    assert all({"type", "title", "authors", "year"} <= set(one) for one in CITATION["references"])


def test_the_data_statement_names_each_corpus_that_ships():
    statement = (ROOT / "docs" / "data-statement.md").read_text(encoding="utf-8")
    cards = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("src/janib/data/*/README.md")}
    cards -= {"src/janib/data/articles/README.md"}  # word lists
    assert len(cards) >= 4
    assert [card for card in cards if f"(../{card})" not in statement] == []


def test_hosted_ci_calls_what_ci_calls():
    called = re.findall(r"^make (\S+)$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), flags=re.MULTILINE)
    workflow = read_yaml(".github/workflows/ci.yml")
    job = workflow["jobs"]["test"]
    assert job["strategy"]["matrix"]["verb"] == called
    assert "make ${{ matrix.verb }}" in [step.get("run") for step in job["steps"]]
    assert workflow["permissions"] == {"contents": "read"}
    python = next(step["with"]["python-version"] for step in job["steps"] if "setup-python" in step.get("uses", ""))
    assert f"Programming Language :: Python :: {python}" in PROJECT["classifiers"]


def test_hosted_ci_has_pinned_actions_and_no_secrets():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        uses = re.findall(r"uses: (\S+)", text)
        assert uses
        assert [one for one in uses if not re.fullmatch(r"[\w-]+/[\w-]+@v\d+", one)] == []
        assert "secrets." not in text


def test_the_hooks_have_the_versions_of_the_constraints():
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    hooks = [hook for repo in read_yaml(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    needed = [package for hook in hooks for package in hook.get("additional_dependencies", [])]
    assert [package for package in needed if package not in constraints] == []
    assert {hook["entry"].split()[0] for hook in hooks} == {"ruff", ".venv/bin/mypy"}
    # What is run from elsewhere than .venv has its version here.
    assert all(
        ("==" in "".join(hook.get("additional_dependencies", []))) != (hook["language"] == "system") for hook in hooks
    )


@pytest.mark.parametrize("path", [path for path in FORMS if path.name != "config.yml"], ids=lambda path: path.stem)
def test_forms_are_forms(path):
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= set(form)
    assert form["name"]
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in fields}) == len(fields)
    assert all(field["attributes"]["label"] for field in fields)
    assert {field["type"] for field in form["body"]} <= {"markdown", "input", "textarea", "dropdown", "checkboxes"}


def test_the_arabic_readme_is_from_right_to_left():
    assert ARABIC.startswith('<div dir="rtl">\n\n')
    # Markdown is read inside of an HTML block only after an empty line.
    assert re.findall(r'(?:<div dir="rtl">|</div>)(?!\n\n|\n?\Z)', ARABIC) == []
    assert ARABIC.count('<div dir="rtl">') == ARABIC.count("</div>")
    outside = re.sub(r'<div dir="rtl">.*?</div>', "", ARABIC, flags=re.DOTALL)
    assert FENCE.findall(outside) == FENCE.findall(ARABIC)
    assert FENCE.sub("", outside).strip() == ""


def test_code_in_arabic_lines_keeps_its_order():
    """Beside Arabic, signs at the ends of code change sides, unless the code has a direction of its own."""
    own = re.sub(r'<span dir="ltr">.*?</span>', "", FENCE.sub("", ARABIC))
    turned = [code for code in re.findall(r"`([^`\n]+)`", own) if not (code[0].isalnum() and code[-1].isalnum())]
    assert turned == []


def test_both_readmes_say_the_same():
    assert FENCE.findall(ARABIC) == FENCE.findall(ENGLISH)
    assert MARK.findall(ARABIC) == MARK.findall(ENGLISH)
    for link in ("experiments/results", "docs/guides"):
        pattern = rf"\]\(({link}[^)]*)\)"
        assert set(re.findall(pattern, ARABIC)) == set(re.findall(pattern, ENGLISH))


@pytest.mark.parametrize("page", [ENGLISH, ARABIC], ids=["English", "Arabic"])
def test_a_readme_has_two_screens_and_a_picture(page):
    assert len(re.sub(r'<div dir="rtl">\n\n|</div>\n\n', "", page).splitlines()) <= 120
    assert "(docs/images/report.png)" in page
    assert (ROOT / "docs" / "images" / "report.png").stat().st_size < 200 * 2**10


@pytest.mark.parametrize("page", [ENGLISH, ARABIC], ids=["English", "Arabic"])
def test_the_scores_of_a_readme_are_quoted(page):
    """So that ``make tables-check`` sees to them."""
    text = re.sub(r"<!--.*?-->|\]\([^)]*\)|`[^`]*`|macro-F1", " ", FENCE.sub("", page))
    scores = [number for number in NUMBER.findall(text) if number not in ("3.11", "2.0")]  # of Python, of the licence
    assert len(scores) >= 12
    assert scores == NUMBER.findall(" ".join(re.findall(rf"{MARK.pattern}(.*?)<!-- end -->", page)))
