"""The documentation site builds without a warning, and every link on it leads somewhere."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


class Page(HTMLParser):
    """The addresses that a page leads to or loads, and the anchors that it has."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loaded, self.anchors = [], [], {""}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.anchors |= {values[name] for name in ("id", "name") if values.get(name)}
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if tag in ("img", "script", "source", "iframe") and values.get("src"):
            self.loaded.append(values["src"])
        if tag == "link" and values.get("rel") in ("stylesheet", "icon", "preload"):
            self.loaded.append(values["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    for package in ("sphinx", "myst_parser", "pydata_sphinx_theme"):
        pytest.importorskip(package, reason="the extra docs is not installed")
    folder = tmp_path_factory.mktemp("site")
    options = [
        "--fail-on-warning",
        "--keep-going",
        "--quiet",
        "--conf-dir",
        "docs",
        "--doctree-dir",
        folder / "doctrees",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, ".", folder / "html"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path) for path in site.rglob("*.html") if "_static" not in path.parts}


def test_every_link_leads_somewhere(site, pages):
    broken = set()
    for path, page in pages.items():
        for address in page.links + page.loaded:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            aim = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not aim.is_file() or (aim in pages and unquote(parts.fragment) not in pages[aim].anchors):
                broken.add(f"{path.relative_to(site)}: {address}")
    assert sorted(broken) == []


def test_nothing_is_loaded_from_elsewhere(pages):
    assert {address for page in pages.values() for address in page.loaded if urlsplit(address).netloc} == set()


def test_every_key_of_the_configs_has_a_sentence(site):
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    assert "- `split.parts=7`\\\n  how many parts" in page
    assert re.findall(r"^(.*\\\n *|\|.*\|  \|)$", page, re.MULTILINE) == []


def test_the_gallery_has_reports(site):
    assert len(list((site / "gallery").glob("*/report.html"))) == 4  # one of all together
