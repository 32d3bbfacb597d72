"""Only labels.py spells a label: others take it from there, in code, column names, templates and style sheets."""

import ast
import re
from pathlib import Path

import pytest
from jinja2 import Environment

from janib.labels import TASK_LABELS

SOURCE = Path(__file__).parents[1] / "src" / "janib"
LABELS = {label for labels in TASK_LABELS.values() for label in labels}
TEMPLATES = sorted(
    path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*") if path.suffix in (".html", ".css", ".js")
)

# The English word, which names no stance.
ENGLISH = {
    "articles/report/reasons.py": {"against"},  # words for any label, and against it
}


def list_texts(node):
    """Yield the strings of a module but its docstrings; a formatted string has x in the place of each value."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
        for part in node.values:
            yield from list_texts(part.value) if isinstance(part, ast.FormattedValue) else ()
    else:
        for child in ast.iter_child_nodes(node):
            yield from list_texts(child)


def spells_label(text):
    """Say whether a string is made of labels, or is a name with a label in it; a sentence may hold one."""
    words = text.split()
    is_name_with_label = len(words) == 1 and not LABELS.isdisjoint([text, *re.findall("[A-Za-z]+", text)])
    return is_name_with_label or (bool(words) and LABELS.issuperset(words))


def test_only_one_module_spells_labels():
    found = {}
    for path in SOURCE.rglob("*.py"):
        name = path.relative_to(SOURCE).as_posix()
        texts = set(filter(spells_label, list_texts(ast.parse(path.read_text("utf-8")))))
        found[name] = texts - ENGLISH.get(name, set())
    assert found.pop("labels.py") >= LABELS  # other spellings of them too
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_spells_no_label(name):
    text = (SOURCE / name).read_text("utf-8")
    if name.endswith(".js"):
        text = re.sub(r"/\*(?s:.*?)\*/|(?m:(^|\s)// .*$)", "", text)  # comments
    tokens = Environment(autoescape=True).lex(text)
    texts = [text for _, kind, text in tokens if kind in ("data", "string")]
    assert [word for text in texts for word in re.findall("[A-Za-z]+", text) if word in LABELS] == []


@pytest.mark.parametrize(
    ("code", "is_found"),
    [
        ("label = 'favor'", True),
        ("labels = 'against neutral favor'.split()", True),
        ("column = f'p_favor_{task}'", True),
        ("share = f'{shares[\"neutral\"]:.2f}'", True),
        ("scores['f1_positive']", True),
        ("'''A docstring.'''\ndef is_favor():\n    '''favor'''", False),
        ("message = f'against {baseline}'", False),
        ("raise ValueError('none is in favor')", False),
    ],
)
def test_what_spells_a_label(code, is_found):
    assert any(map(spells_label, list_texts(ast.parse(code)))) == is_found


def test_the_report_and_the_app_have_templates():
    assert {"app/page/index.html", "data/report/article.html", "data/report/corpus.js"} <= set(TEMPLATES)
