"""Documents render as they are meant to where people read them, and list what there is."""

import re
from pathlib import Path

import pytest
from record import renew

from janib.articles.parties.party import OFFICES, PARTY_KINDS

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("experiments/**/*.md")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_line_of_a_paragraph_begins_with_a_comment(path):
    """GitHub ends the paragraph at such a line and shows what follows it as it is written."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if re.match(r"<!--.*-->.", line)] == []


@pytest.mark.parametrize(("column", "known"), [("kind", PARTY_KINDS), ("office", OFFICES)])
def test_the_page_on_parties_names_every_kind_and_office(column, known):
    page = (ROOT / "docs" / "parties.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| `{column}` \|[^|]*\|(.*)\|$", page, re.MULTILINE)
    assert re.findall("`(.*?)`", row[1]) == list(known)


def test_the_page_of_the_campaign_has_the_figures_of_its_record():
    page = ROOT / "experiments" / "results" / "campaign.md"
    text = page.read_text(encoding="utf-8")
    assert renew(text, page.with_suffix(".csv")) == text
