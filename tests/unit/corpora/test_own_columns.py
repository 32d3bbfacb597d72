"""Columns and tasks of a user's own file, found where there is no doubt."""

import pytest

from janib.corpora.own_columns import choose_task, find_columns
from janib.errors import ConfigError

FOUND = {
    "text,target,stance": ("text", "target", "stance"),
    "الرقم,النص,الجهة,الموقف": ("النص", "الجهة", "الموقف"),
    "ﺍﻟﻨﺺ,الجهـــة,المَوْقِف": ("ﺍﻟﻨﺺ", "الجهـــة", "المَوْقِف"),
    "Tweet ,Topic,LABEL": ("Tweet", "Topic", "LABEL"),
    "نص_التغريدة;الهدف;التصنيف": ("نص_التغريدة", "الهدف", "التصنيف"),
    "full-text\tsentiment": ("full-text", None, "sentiment"),
    "النص,الجهة المقصودة,رأي الكاتب": ("النص", "الجهة المقصودة", "رأي الكاتب"),
    "نَصّ المقال,طرف_مستهدف,الموقف,رأي المحرر": ("نَصّ المقال", "طرف_مستهدف", "الموقف"),
    "رقم الجهة,text,target id,label": ("text", None, "label"),  # a number of it, not the target
    "text,tweet,label": ("text", None, "label"),  # the field's own name goes before others
}


@pytest.mark.parametrize(("header", "columns"), FOUND.items())
def test_columns_are_found_by_their_names(tmp_path, header, columns):
    path = tmp_path / "آراء.csv"
    path.write_text(f"\ufeff{header}\r\n", encoding="utf-8")
    found = find_columns(path, {})
    assert tuple(found.get(field) for field in ("text", "target", "label")) == columns


def test_lines_of_json_have_columns_too(tmp_path):
    path = tmp_path / "آراء.jsonl"
    path.write_text('{"النص": "قول", "الموقف": "مع"}\n', encoding="utf-8")
    assert find_columns(path, {}) == {"text": "النص", "label": "الموقف"}


@pytest.mark.parametrize(
    ("header", "given", "message"),
    [
        ("النص,التعليق,الموقف", {}, "the text may be in the column 'النص' or 'التعليق'; say which with --text"),
        ("قصيدة,الموقف", {}, "no column is known to hold the text; name it with --text, one of قصيدة"),
        ("النص,درجة", {}, "no column is known to hold the label; name it with --label, one of النص, درجة"),
        ("text,stance,sentiment", {}, "the label may be in the column 'stance' or 'sentiment'"),
        ("text,topic,party,label", {}, "the target may be in the column 'topic' or 'party'"),
    ],
)
def test_where_there_is_doubt_the_user_says(tmp_path, header, given, message):
    path = tmp_path / "x.csv"
    path.write_text(f"{header}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        find_columns(path, given)
    assert message in str(refused.value)


def test_what_is_given_is_taken(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("النص,التعليق,الموقف\n", encoding="utf-8")
    assert find_columns(path, {"text": "التعليق"}) == {"text": "التعليق", "label": "الموقف"}


@pytest.mark.parametrize(
    ("labels", "target", "words", "task"),
    [
        (["favor", "against", "neutral"], "الجهة", {}, "stance"),
        (["favor", "against", "neutral", "faver"], "الجهة", {}, "stance"),  # a slip does not make it another task
        (["favor", "against"], None, {}, "label"),
        (["positive", "negative", "neutral"], "الجهة", {}, "sentiment"),
        (["positive", "negative", "neutral"], None, {}, "sentiment"),
        (["yes", "no", "no"], "الجهة", {}, "label"),  # an answer to any question, not only whether there is sarcasm
        (["TRUE", "FALSE"], None, {}, "label"),
        (["سؤال", "خبر", "رأي"], "الجهة", {}, "label"),
        (["أ", "ب"], "الجهة", {"favor": ["أ"], "against": ["ب"]}, "stance"),
    ],
)
def test_the_task_is_that_of_most_labels(tmp_path, labels, target, words, task):
    path = tmp_path / "x.csv"
    rows = [f"قول رقم {number},{target or ''},{label}" for number, label in enumerate(labels)]
    path.write_text("\n".join(["text,target,label", *rows]), encoding="utf-8")
    columns = {"text": "text", "label": "label"} | ({"target": "target"} if target else {})
    assert choose_task(path, columns, words) == task
