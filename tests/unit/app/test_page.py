"""The page's files fit together: words in both languages, elements, and scripts that know them."""

import json
import re
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
