"""The page's files fit together: words in both languages, elements, and scripts that know them."""

import csv
import io
import json
import re
import shutil
import subprocess
from importlib.resources import files

import pytest

PAGE = files("janib") / "app" / "page"
HTML = (PAGE / "index.html").read_text("utf-8")
SCRIPTS = {one.name: one.read_text("utf-8") for one in PAGE.iterdir() if one.name.endswith(".js")}
WORDS = json.loads((PAGE / "words.json").read_text("utf-8"))


def flatten(words, path=""):
    """Yield the keys of words and the values that they take; a word with forms for numbers is one."""
    for key, value in words.items():
        if isinstance(value, dict) and "other" not in value:
            yield from flatten(value, f"{path}{key}.")
        else:
            text = value["other"] if isinstance(value, dict) else value
            yield f"{path}{key}", frozenset(re.findall(r"{(\w+)}", text))


def test_both_languages_have_the_same_words():
    assert dict(flatten(WORDS["ar"])) == dict(flatten(WORDS["en"]))


def test_numbers_have_the_forms_of_the_language():
    for key, value in WORDS["ar"].items():
        if isinstance(value, dict) and "other" in value:
            assert {"one", "two", "few", "many", "other"} <= set(value), key
            assert {"one", "other"} <= set(WORDS["en"][key]), key


def test_every_word_that_is_asked_for_is_there_and_every_word_is_asked_for():
    asked = set(re.findall(r'data-(?:word|hint|label|title)="(\w+)"', HTML))
    for script in SCRIPTS.values():
        asked |= set(re.findall(r'say\("([\w.]+)"', script)) | set(re.findall(r'"(private_\w+)"', script))
    known = {key for key, _ in flatten(WORDS["en"])}
    assert asked <= known
    assert {key for key in known if not key.startswith("errors.")} <= asked


def test_scripts_ask_for_elements_that_are_there():
    found = set(re.findall(r'\bid="([\w-]+)"', HTML))
    assert len(found) == len(re.findall(r'\bid="', HTML))
    for script in SCRIPTS.values():
        assert set(re.findall(r'(?:get|getElementById|fillTemplate)\("([\w-]+)"\)', script)) <= found


def test_nothing_is_loaded_from_elsewhere_and_nothing_is_put_in_as_html():
    for text in (HTML, (PAGE / "app.css").read_text("utf-8"), *SCRIPTS.values()):
        assert "//" not in re.sub(r"(?m)(^| )// .*$", "", text.replace('"http://www.w3.org/2000/svg"', ""))
    for name, script in SCRIPTS.items():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(", script), name
        assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie", script), name


@pytest.mark.parametrize("name", ["src", "href"])
def test_the_page_names_files_that_are_there(name):
    for found in re.findall(rf'{name}="([^"#]+)"', HTML):
        assert (PAGE / found).is_file()


def test_examples_name_their_party():
    examples = json.loads((PAGE / "examples.json").read_text("utf-8"))
    assert all(one["target"] in one["text"] for one in examples["sentences"])
    assert all({"ar", "en", "text"} == set(one) for one in examples["articles"])


def read_colours(style):
    """Return the values of the colours' names in the light scheme, and in the dark one."""
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w+);", part)) for part in style.split("@media", 1))
    return {"light": light, "dark": light | dark}


def measure_light(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "back"),
    [
        *((ink, back) for ink in ("ink", "soft", "pro") for back in ("page", "card")),
        *((side, f"{side}-back") for side in ("pro", "con", "even", "problem")),
        ("on-accent", "accent"),
        ("ink", "field"),
    ],
)
def test_texts_can_be_read_on_their_ground(scheme, text, back):
    colours = read_colours((PAGE / "app.css").read_text("utf-8"))[scheme]
    dark, light = sorted((measure_light(colours[text]), measure_light(colours[back])))
    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2, AA


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed: apt-get install nodejs")
@pytest.mark.parametrize(("table", "columns"), [("formatPositions", ["sentence"]), ("formatLabels", ["text"])])
def test_tables_hold_texts_as_they_are(table, columns):
    begins = ["=1+1", "- قال", "+", "@", "\t", "\r", "'", '"', "", "مـصر،, أدانَت ٢٠٢٤ 🙂\n"]
    texts = [f"{begin} نصّ" for begin in begins]
    rows = [{"rows": [{"sentence": text}], "text": text} for text in texts]
    call = f"process.stdout.write({table}({json.dumps(rows)}, {json.dumps(columns)}));"
    written = subprocess.run(
        ["node", "--input-type=module"],
        input=f"{SCRIPTS['downloads.js']}\n{call}".encode(),
        capture_output=True,
        check=True,
    ).stdout.decode("utf-8-sig")
    found = csv.DictReader(io.StringIO(written, newline=""))
    assert [row[columns[0]] for row in found] == texts
