"""What a registry gets: a source archive and a wheel that pass its check, with a page that has no dead links."""

import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """The source archive, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)], check=True, capture_output=True)
    return next(folder.glob("*.tar.gz")), next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def metadata(distributions):
    with zipfile.ZipFile(distributions[1]) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(wheel.read(name))


def test_a_registry_takes_both(distributions):
    done = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *distributions], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_links_of_the_long_description_lead_out(metadata):
    assert metadata["Description-Content-Type"] == "text/markdown"
    text = metadata.get_payload(decode=True).decode("utf-8")
    assert text.startswith("# Janib")
    page = MarkdownIt("commonmark").enable("table").render(text)
    links = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert links
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


def test_the_licences_are_those_of_the_files(distributions, metadata):
    with tarfile.open(distributions[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"README.md", "CITATION.cff", "CHANGELOG.md", "LICENSE", "NOTICE", "src/janib/py.typed"} <= names
    assert not any(name.startswith("experiments/articles/wikinews") for name in names)
    licences = {Path(name).stem for name in metadata.get_all("License-File") if name.startswith("LICENSES/")}
    assert licences <= set(metadata["License-Expression"].split(" AND "))
