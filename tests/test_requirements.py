"""requirements/ has the versions of constraints.txt, each with hashes, and all that the package and its extras need."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
NEEDED = {
    "base": [*PYPROJECT["build-system"]["requires"], *PROJECT["dependencies"]],
    "experiments": [*PROJECT["dependencies"], *EXTRAS["experiments"]],
    "all": [*PROJECT["dependencies"], *(line for lines in EXTRAS.values() for line in lines)],
}


def read_hashed(name):
    """Return the versions of a file of requirements/ by package, and their hashes."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.\-]+==\S+(\s+--hash=sha256:[0-9a-f]{64})+", line) for line in lines)
    return {canonicalize_name(line.split("==")[0]): line.split("==")[1].split()[0] for line in lines}


def read_constraints():
    return {canonicalize_name(name): version for name, version in re.findall(r"^(\S+)==(\S+)$", CONSTRAINTS, re.M)}


def load_licences():
    spec = importlib.util.spec_from_file_location("licences", ROOT / "experiments" / "licences.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_all_constraints_have_hashes():
    # Otherwise run: make hashes. What it finds beside the constraints belongs into them.
    assert read_hashed("all") == read_constraints()


@pytest.mark.parametrize("name", ["base", "experiments"])
def test_a_part_has_the_versions_of_the_whole(name):
    assert read_hashed(name).items() <= read_hashed("all").items()


@pytest.mark.parametrize("name", NEEDED)
def test_all_that_is_asked_for_is_there(name):
    hashed = read_hashed(name)
    for requirement in map(Requirement, NEEDED[name]):
        package = canonicalize_name(requirement.name)
        assert package == "janib" or requirement.specifier.contains(hashed[package]), requirement


def test_what_is_needed_in_turn_is_there():
    found = load_licences().find_packages()
    assert {package for package, extras in found.items() if extras == {""}} <= read_hashed("base").keys()
    assert {package for package, extras in found.items() if "experiments" in extras} <= read_hashed(
        "experiments"
    ).keys()
    assert found.keys() <= read_hashed("all").keys()


def test_the_makefile_builds_with_what_the_project_is_built_with():
    line = re.search(r"^BUILD := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert line.split() == PYPROJECT["build-system"]["requires"]


@pytest.mark.parametrize(
    ("metadata", "classifiers", "licence"),
    [
        ({"License-Expression": "MIT", "License": "x"}, ["License :: OSI Approved :: BSD License"], "MIT"),
        ({"License": "x"}, ["Topic :: Text", "License :: OSI Approved :: BSD License"], "BSD License"),
        ({"License": "Apache 2.0\nmore"}, ["License :: OSI Approved"], "Apache 2.0"),
        ({"License": " "}, ["Programming Language :: Python"], "not told"),
    ],
)
def test_a_licence_is_found_where_a_package_tells_it(metadata, classifiers, licence):
    assert load_licences().describe_licence(metadata, classifiers) == licence


def test_licences_that_bind_are_told_apart():
    is_copyleft = load_licences().is_copyleft
    named = ["GPL-3.0-only", "AGPL-3.0", "GNU General Public License v3 (GPLv3)", "MIT AND GPL-2.0-only"]
    assert all(map(is_copyleft, named))
    free = [
        "LGPL-3.0",
        "GNU Lesser General Public License v3 (LGPLv3)",
        "GPL-2.0-only OR MIT",
        "BSD License",
        "not told",
    ]
    assert not any(map(is_copyleft, free))


def test_the_table_has_what_is_installed(capsys):
    load_licences().main()
    out = capsys.readouterr().out
    assert re.search(r"^\| numpy \| \S+ \| .*BSD.* \| janib itself \|$", out, re.MULTILINE)
    assert re.search(r"^\| hydra-core \| \S+ \| .* \| .*experiments.* \|$", out, re.MULTILINE)
