import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janib.articles.sentences import split_sentences

DEV = sorted((Path(__file__).parents[3] / "experiments" / "articles" / "dev").glob("*.json"))

SPLITS = {
    "marks": ["وصل الوفد.", "هل يعود؟", "لا أحد يعلم!", "Who knows?"],
    "quotation of several sentences": ["قال العمدة: «انتهى الأمر. لن نعود. مفهوم؟».", "ثم خرج."],
    "full stop before the closing mark": ["قال: «لن نعود.»", "وخرج غاضبا."],
    "question before the closing mark": ["«إلى متى؟» قال العمدة."],
    "swapped quotation marks": ["قال ”كفى. انتهى“ وغادر.", "وساد الصمت."],
    "a mark that never closes": ["قال «كفى.", "وغادر القاعة."],
    "straight marks in turn": ['قال "كفى. انتهى" ثم "لا. أبدا" وغادر.', "وساد الصمت."],
    "abbreviations": ["زار د. سامر مقر ش.م.م. النيل وأ.ف.ب ومعه أ.د. ليلى.", "وقال م. هاني ود. رنا كلمة."],
    "spelled acronyms": [
        "قال متحدث باسم بي.بي إن الحقل عاد إلى الإنتاج.",
        "وبثت بي.بي.سي الخبر.",
        "وسجلت إتش.إس.بي.سي أرباحا.",
        "وأعلنت يو.بي.إس ذلك.",
        "ونقلت وكالة دي.بي.إيه عن الشرطة.",
        "وبي.بي شركة بريطانية.",
    ],
    "spelled acronyms with spaces": [
        "أعلنت بي. بي. سي الخبر.",
        "وسجلت شركة إتش. بي أرباحا.",
        "ونفت إس. بي. دي ذلك.",
        "ونشرته يو. بي. إس.",
        "ولم تعلق إم. تي. سي.",
    ],
    "acronyms that end a sentence": [
        "نقلت ذلك أ ف ب.",
        "وأكده مراسل د ب أ.",
        "وبثته قناة إم بي سي.",
        "في روما لقاء آخر.",
        "وعادت إليه بي بي سي.",
        "أو عاد غيرها.",
    ],
    "letters after numbers": [
        "بدأ العمل سنة 2016م.",
        "وانتهى سنة ١٤٣٧ هـ.",
        "وقطع 5 م.",
        "ثم عاد.",
        "وصل ومعه م. هاني.",
    ],
    "an odd mark in a line": [
        'بلغ طول الأنبوب 5" كاملة.',
        "وانتهى العمل.",
        '"نعم. لقد انتهى" قال العمدة.',
        "وغادر الوفد.",
    ],
    "a mark that is missing before others": [
        'قال "لا.',
        "وغادر القاعة.",
        'ثم قال "لا" وبـ"كفى. انتهى" وعاد.',
        "وساد الصمت.",
        '"أبدا. لن نعود" قال آخر.',
    ],
    "marks with spaces inside": ['قال " كفى. انتهى " وغادر.', 'ثم قال" لا. أبدا "وعاد.', "وساد الصمت."],
    "no spelled acronyms": ["غادر الوفد باريس.", "في روما لقاء آخر.", "كفى.", "أو نعود."],
    "numbers": ["ارتفع ٣.٥% يوم 12.3.2026 إلى 1.250.000 دينار.", "وهبط بعدها إلى 7."],
    "latin": ["نشر موقع example.com ومنصة Node.js الخبر على https://example.org/a?b=1.", "وانتهى."],
    "ellipses": ["صمت... ثم قال .. لا … أبدا.", "وانصرف…"],
    "no space": ["انتهى اللقاء.", "ودان الوفد الهجوم"],
    "gathered marks": ["أحقا؟!", "نعم!!", "كيف ؟ !", "هكذا."],
    "brackets": ["عاد الفريق (بعد شهر. أو شهرين) إلى البلاد."],
    "bidi marks": ["انتهى.", "وعاد"],
}


def slice_all(text):
    return [text[one.start : one.end] for one in split_sentences(text)]


@pytest.mark.parametrize("expected", SPLITS.values(), ids=SPLITS.keys())
def test_a_line_splits_where_its_sentences_end(expected):
    glue = {"no space": "", "bidi marks": "\u200f \u202b"}
    name = next(name for name, sentences in SPLITS.items() if sentences is expected)
    assert slice_all(glue.get(name, " ").join(expected)) == expected


def test_an_odd_mark_swallows_nothing_beyond_its_line():
    text = 'قال "كفى. انتهى الأمر\nوعاد" ثم «غادر. وعاد\nثم» سكت (مرة. أخرى\nوعاد) كله.'
    expected = 'قال "كفى.|انتهى الأمر|وعاد" ثم «غادر.|وعاد|ثم» سكت (مرة.|أخرى|وعاد) كله.'
    assert slice_all(text) == expected.split("|")


def test_lines_end_statements_and_list_marks_stay_outside():
    text = (
        "عنوان بلا نقطة\n\n***\n14:35\n- بند أول\n•بند ثان\r\n1. بند ثالث\n٢) بند رابع\nأ- بند خامس\n-5 درجات\u2028ختام"
    )
    expected = "عنوان بلا نقطة|بند أول|بند ثان|بند ثالث|بند رابع|أ- بند خامس|-5 درجات|ختام"
    assert slice_all(text) == expected.split("|")


@pytest.mark.parametrize("path", DEV, ids=[path.stem for path in DEV])
def test_the_annotated_articles_split_as_annotated(path):
    article = json.loads(path.read_text("utf-8"))
    gold = [(one["start"], one["end"]) for one in article["statements"]]
    assert [(one.start, one.end) for one in split_sentences(article["text"])] == gold


PIECES = st.sampled_from(
    [*'.؟?!…«»“”"()[]{}،:-•*', "\n", "\r\n", " ", "\u200f", "\u202b", "\x00", "َّ", "ـ", "😀", "<b", "&#x"]
)
TEXTS = st.lists(PIECES | st.sampled_from(["قال", "د", "٣", "12", "www.", "ok"]) | st.characters(), max_size=60).map(
    "".join
)


@given(TEXTS)
def test_statements_are_in_order_and_hold_every_letter_once(text):
    sentences = split_sentences(text)
    place = 0
    for sentence in sentences:
        assert not any(map(str.isalpha, text[place : sentence.start]))
        surface = text[sentence.start : sentence.end]
        assert surface == surface.strip()
        assert any(map(str.isalpha, surface))
        assert place <= sentence.start < sentence.end
        place = sentence.end
    assert not any(map(str.isalpha, text[place:]))
    assert place <= len(text)
