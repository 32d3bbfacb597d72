"""Pages that the build writes: every key of the configs, the command line's help, and the gallery of reports."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

from omegaconf import OmegaConf

from janib.articles.analysis import Analyser, Article
from janib.articles.report.files import write_analyses
from janib.corpora import NAMES, get_corpus
from janib.labels import Stance
from janib.runs.config_help import list_choices

ROOT = Path(__file__).parents[1]
CONF = ROOT / "conf"
ARTICLES = ("dev_03_economy_wire", "dev_04_sport")  # of experiments/articles/dev, all invented

CONFIGURATION = """\
# Configuration

Each key of [conf/](../../conf) with its default, made at build from the comments in its files; `--help` shows them too.
A key is set on the command line: `experiments/train.py model=tfidf_svm split.used=7`. `???` needs a value.
"""

GALLERY = """\
# Gallery

Pages that `janib analyse` writes, of articles that are invented: no event in them took place. Each is one file that
needs no network. The model that ships judged them when this site was built, and nobody mended its errors. Several
articles have <a href="../gallery/together/report.html">a page together</a>, with filters; after it, each has its own.
"""

REPORT = """\
<div dir="rtl" lang="ar">

<h2><a href="{folder}/report.html">{title}</a></h2>

</div>

{statements} statements, {positions} positions, {sides} of them for or against:
<a href="{folder}/report.html">the report</a>, <a href="{folder}/matrix.csv">its matrix</a>.
"""

_KEY = re.compile(r"(?P<indent> *)(?P<key>[\w@.]+):(?P<value>.*)")
_COMMENT = re.compile(r" # (?P<words>.*)$")
_BY_ROW = ("rows.", "published.", "post_hoc.")  # of a table, named by its rows
_UNTOLD = ("defaults", "hydra", "_target_", "_convert_")


class Key(NamedTuple):
    """A key of a config: its dotted name, the value as the file has it, and the comment behind it."""

    name: str
    value: str
    words: str


def write_pages(root: Path, site: Path) -> None:
    """Write the pages that git does not hold below ``root/docs``, and the gallery's reports below ``site``."""
    write_page(root / "docs" / "reference" / "configuration.md", "\n".join(describe_configs()))
    write_page(root / "docs" / "reference" / "command_line.md", describe_commands())
    write_page(root / "docs" / "gallery.md", "\n".join(write_gallery(site / "gallery")))


def write_page(path: Path, text: str) -> None:
    """Write a page if it is not there as it is, so that a second build reads only what changed."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def read_keys(path: Path) -> Iterator[Key]:
    """Yield the keys of a config file in order; a key that only holds others has no value.

    The files of ``conf`` are simple YAML, a key a line, so that lines tell what a YAML parser drops: the comments.
    """
    parents: list[tuple[int, str]] = []
    folded = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        indent = len(line) - len(line.lstrip())
        if not (found := _KEY.match(line)) or 0 < folded <= indent:
            continue
        folded = indent + 1 if ">-" in found["value"] else 0
        parents = [one for one in parents if one[0] < indent]
        names = [*(name for _, name in parents), found["key"]]
        comment = _COMMENT.search(found["value"])
        parents.append((indent, found["key"]))
        if names[0] not in _UNTOLD and names[-1] not in _UNTOLD:
            value = _COMMENT.sub("", found["value"]).strip()
            yield Key(".".join(names), value, comment["words"] if comment else "")


def read_opening(path: Path) -> str:
    """Return the first paragraph of the comment that opens a config, as one line."""
    words = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("# "):
            break
        words.append(line.lstrip("# "))
    return " ".join(one for one in words if not one.startswith("@package"))


def describe_configs() -> Iterator[str]:
    """Yield the lines of the page of all config keys."""
    yield CONFIGURATION
    for script in ("train", "table", "evaluate", "counterfactual"):
        yield f"## experiments/{script}.py"
        yield ""
        yield read_opening(CONF / f"{script}.yaml")
        yield ""
        yield from list_keys(read_keys(CONF / f"{script}.yaml"))
    yield from describe_data()
    for group, title in (("task", "Tasks"), ("model", "Models"), ("tracking", "MLflow"), ("table", "Tables")):
        yield from describe_group(group, title)
    yield "## Experiments"
    yield ""
    yield "`experiment=NAME` is a set of choices and values that belong together; `debug=quick` is for a first try."
    yield ""
    yield "| choice | what it is |"
    yield "|---|---|"
    for name in list_choices(CONF / "experiment"):
        path = CONF / "experiment" / f"{name}.yaml"
        yield f"| `experiment={name}` | {read_opening(path) or list_overrides(path)} |"
    yield f"| `debug=quick` | {read_opening(CONF / 'debug' / 'quick.yaml')} |"
    yield ""


def describe_data() -> Iterator[str]:
    """Yield the lines on ``data=``: the corpora by name, and the keys of a file of one's own."""
    yield "## Data"
    yield ""
    yield "| choice | corpus |"
    yield "|---|---|"
    for name in NAMES:
        yield f"| `data={name}` | [{get_corpus(name).title}](../corpora/{name}.md) |"
    yield f"| `data=arastance` | {read_opening(CONF / 'data' / 'arastance.yaml')} |"
    yield f"| `data=csv` | {read_opening(CONF / 'data' / 'csv.yaml')} |"
    yield ""
    yield "The keys of `data=csv`:"
    yield ""
    yield from list_keys(read_keys(CONF / "data" / "csv.yaml"))


def describe_group(group: str, title: str) -> Iterator[str]:
    """Yield the lines on a folder of ``conf``: its choices, and each key of theirs once."""
    paths = sorted(CONF.glob(f"{group}/*.yaml"), key=lambda path: (path.stem != "demo", path.stem))
    # The first file that explains a key does it for all; later ones may note what is their own.
    known = {key.name: key.words for path in reversed(paths) for key in read_keys(path) if key.words}
    yield f"## {title}"
    yield ""
    yield "| choice | what it is |"
    yield "|---|---|"
    for path in paths:
        yield f"| `{group}={path.stem}` | {read_opening(path) or OmegaConf.load(path).get('title', '')} |"
    yield ""
    told: set[str] = set()
    for path in paths:
        new = [
            Key(name, value, known.get(name, ""))
            for name, value, _ in read_keys(path)
            if name not in told and not name.startswith(_BY_ROW)
        ]
        if not new or "defaults:" in path.read_text(encoding="utf-8"):
            continue
        yield f"The keys of `{group}={path.stem}`{', besides those above' if told else ''}:"
        yield ""
        yield from list_keys(new)
        told |= {key.name for key in new}


def list_keys(keys: Iterable[Key]) -> Iterator[str]:
    """Yield a Markdown list of keys, as they are written on the command line, with a sentence below each."""
    for name, value, words in keys:
        shown = f"{name}={value}" if value not in ("", ">-") else name
        yield f"- `{shown}`\\"
        yield f"  {words.replace('<', '&lt;')}"
    yield ""


def list_overrides(path: Path) -> str:
    """Return the choices that an experiment makes, as ``data=mawqif model=probe``."""
    pairs = (pair for one in OmegaConf.load(path)["defaults"] if not isinstance(one, str) for pair in one.items())
    return " ".join(f"`{key.removeprefix('override /')}={value}`" for key, value in pairs)


def describe_commands() -> str:
    """Return the page of the command line: the help of each command, as typer writes it."""
    options = ["utils", "docs", "--name", "janib", "--title", "Command line"]
    command = [sys.executable, "-m", "typer", "--app", "commands", "janib.cli.commands", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    page = re.sub(r"\*\*Commands\*\*:\n\n(\* .*\n)+\n", "", done.stdout)  # cut short there; each has its section
    return page.replace("```console", "```text")


def write_gallery(folder: Path) -> Iterator[str]:
    """Analyse invented articles with the model that ships; yield the page that leads to their reports."""
    analyser = Analyser()
    analyses = [analyser.analyse(Article(text, name)) for name, text in read_articles()]
    write_analyses(analyses, folder / "together")
    yield GALLERY
    for analysis in analyses:
        name = analysis.article.name
        write_analyses([analysis], folder / name)
        sides = sum(one.stance not in (None, Stance.NEUTRAL) for one in analysis.positions)
        yield REPORT.format(
            title=escape(analysis.title),
            folder=f"../gallery/{name}",
            statements=len(analysis.statements),
            positions=len(analysis.positions),
            sides=sides,
        )


def read_articles() -> Iterator[tuple[str, str]]:
    """Yield name and text of the gallery's articles."""
    yield "joint_statement", (ROOT / "examples" / "article.txt").read_text(encoding="utf-8")
    for name in ARTICLES:
        path = ROOT / "experiments" / "articles" / "dev" / f"{name}.json"
        yield name, json.loads(path.read_text(encoding="utf-8"))["text"]
