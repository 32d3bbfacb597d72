"""Damage is found by undoing it, and never in a text that its author wrote so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janib.text.legibility import find_damage
from janib.text.letters import measure_arabic

TEXTS = [
    "نرفض القرار",
    "رحّب الوزير باتفاق الموانئ!!",
    "انتخاب مجلس النواب في دورته العادية 2024",
    "كره القدم",
    "كلّ التقدير والاحترام",
]
MISREADINGS = [
    ("cp1256", "latin-1", "Windows-1256 read as Windows-1252 or Latin-1"),
    ("cp1256", "cp1252", "Windows-1256 read as Windows-1252 or Latin-1"),
    ("utf-8", "cp1252", "UTF-8 read as Windows-1252"),
    ("utf-8", "latin-1", "UTF-8 read as Windows-1252"),
    ("utf-8", "cp1256", "UTF-8 read as Windows-1256"),
    ("iso8859-6", "latin-1", "ISO-8859-6 read as Windows-1252 or Latin-1"),
]


@pytest.mark.parametrize(("right", "wrong", "words"), MISREADINGS)
@pytest.mark.parametrize("text", TEXTS)
def test_a_misreading_is_named(text, right, wrong, words):
    assert find_damage(text.encode(right).decode(wrong, "replace")) == words


def test_letters_that_are_the_same_in_two_encodings_are_no_damage():
    damaged = "من انتâدêر نجçèد".replace(" ", "  ")
    assert find_damage(damaged) == "ISO-8859-6 read as Windows-1256"
    assert find_damage("اشترى الـcafé الجديد وباعه à vendre") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("???? ?????? ???", "letters lost: question marks stand for them"),
        ("قرار \ufffd\ufffd\ufffd\ufffd المجلس", "bytes lost: the replacement character stands for them"),
    ],
)
def test_what_is_lost_is_named(text, words):
    assert find_damage(text) == words


@pytest.mark.parametrize(
    "text",
    [
        *TEXTS,
        "مَـــرحَـباً ١٢٣ 👍🏽",
        "\u200fبيان\u200e",
        "ﻣﺮﺣﺒﺎ ﺑﻜﻢ",
        "می‌خواهم بروم",
        "مشروع « نيوم » رائع",
        "Übermäßig schön, élève français",
        "¿Qué? ¡Sí señor!",
        "Привет мир",
        "what???????",
        "???",
        "",
        "🇸🇦🇸🇦",
    ],
)
def test_what_its_author_wrote_is_no_damage(text):
    assert find_damage(text) is None


@given(st.text(alphabet=st.sampled_from("ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءآأؤإئ ًٌٍَُِّْـ،؛؟0123456789.!"), min_size=1))
def test_no_arabic_text_is_damaged(text):
    assert find_damage(text) is None


@given(st.text())
def test_any_text_is_judged(text):
    find_damage(text)
    share = measure_arabic(text)
    assert share is None or 0 <= share <= 1


def test_the_share_of_arabic_letters():
    assert measure_arabic("قرار ١٢") == 1
    assert measure_arabic("ﻣﺮﺣﺒﺎ") == 1
    assert measure_arabic("hello قرار") == pytest.approx(4 / 9)
    assert measure_arabic("12 👍 https://") == 0
    assert measure_arabic("12 👍") is None
