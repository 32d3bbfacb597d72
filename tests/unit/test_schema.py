import time

import pytest

from janib.labels import STANCE_LABELS
from janib.schema import (
    COLUMNS,
    MAX_TEXT_CHARS,
    Example,
    check_example,
    check_fields,
    check_label,
    check_text,
    make_example,
)

BLANK = "text is blank; every row needs one"


@pytest.mark.parametrize("text", ["نص", "a", "🫨", "؟", "بِسْمِ", "\u200fنص\u200f", "ـــ", "ﻻ", "٣"])
def test_what_a_reader_sees_is_a_text(text):
    assert check_text(text) is None


@pytest.mark.parametrize("text", [None, "", "  \r\n\t", "\u200f\u200e", "\ufeff", "\u00a0\u2003", "\u200b\u200d"])
def test_what_nobody_sees_is_blank(text):
    assert check_text(text) == BLANK


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("نص\0", "text holds a NUL byte, the sign of a damaged or binary file; remove it"),
        ("\0", "text holds a NUL byte, the sign of a damaged or binary file; remove it"),
        ("نص \ud83d", r"text holds half a character ('\ud83d'), cut or wrongly converted; remove it"),
        (float("nan"), "text is of type float, expected a string"),
        (["نص"], "text is of type list, expected a string"),
    ],
)
def test_a_text_that_no_model_can_read(text, problem):
    assert check_text(text) == problem


def test_a_megabyte_is_the_most_and_is_checked_quickly():
    start = time.perf_counter()
    assert check_text("ع" * MAX_TEXT_CHARS) is None
    assert check_text(" " * (MAX_TEXT_CHARS - 1) + "ع") is None
    assert check_text("ع" * (MAX_TEXT_CHARS + 1)) == (
        "text has 100,001 characters, the most is 100,000; check the file's quoting, or cut the text"
    )
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"text": "نص", "target": "المجلس"}, None),
        ({"text": 5, "target": 2.5}, None),
        ({"tweet_text": "نص"}, "there is no 'text', only 'tweet_text'; did you mean 'tweet_text'?"),
        ({"text": "نص", "party": "أ"}, "there is no 'target', only 'text', 'party'; did you mean 'text'?"),
        ({}, "there is no 'text', only nothing"),
        ({"text": None}, BLANK),
        ({"text": ["نص"]}, "text is of type list, expected a string"),
        ({"text": {"ar": "نص"}}, "text is of type dict, expected a string"),
        ({"text": "نص", "target": " "}, "target is blank; every row needs one"),
    ],
)
def test_fields_that_a_model_reads(fields, problem):
    assert check_fields(fields, ["text", "target"]) == problem


@pytest.mark.parametrize(
    ("label", "problem"),
    [
        (None, None),
        ("favor", None),
        ("Favour", "label 'Favour' is unknown, expected one of against, neutral, favor; did you mean 'favor'?"),
        ("مع", "label 'مع' is unknown, expected one of against, neutral, favor"),
    ],
)
def test_labels(label, problem):
    assert check_label(label, STANCE_LABELS) == problem


@pytest.mark.parametrize(
    ("row", "needs_target", "problem"),
    [
        (Example("1", "نص"), False, None),
        (Example("1", "نص", "المجلس", stance="favor", sentiment="positive"), True, None),
        (Example("1", " "), False, BLANK),
        (Example("1", "نص"), True, "target is blank; every row needs one"),
        (Example("", "نص"), False, "id is blank; every row needs its own"),
        (Example("1", "نص", stance="pro"), False, "label 'pro' is unknown, expected one of against, neutral, favor"),
        (
            Example("1", "نص", sentiment="postive"),
            False,
            "label 'postive' is unknown, expected one of negative, neutral, positive; did you mean 'positive'?",
        ),
    ],
)
def test_rows(row, needs_target, problem):
    assert check_example(row, needs_target=needs_target) == problem


def test_a_row_is_made_of_its_columns_alone():
    assert make_example({"id": "1", "text": "نص", "stance": "favor", "page": 3}) == Example("1", "نص", stance="favor")
    assert COLUMNS[:3] == ("id", "text", "target")
    assert [Example("1", "نص", stance="favor").gold(task) for task in ("stance", "sentiment", "label")] == [
        "favor",
        None,
        None,
    ]
