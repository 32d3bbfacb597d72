"""Ten thousand generated texts through the whole analysis but the judging."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from janib.articles.boilerplate import is_boilerplate
from janib.articles.dates import find_date, parse_date
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.mentions import find_mentions
from janib.articles.sentences import split_sentences
from janib.articles.spans import REPORT
from janib.articles.speakers.turns import find_speakers

pytestmark = pytest.mark.slow

WORDS = """قال وقالت وأضاف نقلت عن بحسب وفق أن إن أنه البيان بيان الجانبان الطرفان الرئيسان الرئيس الوزير وزير الخارجية
المصري والسوداني الروسية – السفير التركي مصر والسودان بقطر لليمن للروس عمان عُمان القاهرة باريس وكالة رويترز حماس الأهلي
الاتحاد بوتين ترامب دونالد فلاديمير الأمم المتحدة مجلس الأمن حزب الشركة المحكمة أما فقال لكن فيما وأكدا داعيا ما سماه
نشر في مارس آذار كانون الثاني 2016 ٢٠١٦ 1437 12/03/2016 اقرأ أيضا المصدر الوسوم بقلم جميع الحقوق محفوظة صورة أرشيف
د. م. أ.ف.ب ١٢٫٥ 3.5 % : ، ؛ . .. … ؟ ! « » “ ” " ' ( ) [ ] - -- • / |"""
NOISE = [
    *("\u064e", "\u0651", "\u0670", "ـــ", "\u0300", "\u200f", "\u200e", "\u202b", "\u202c", "\u2067", "\u2069"),
    *("\u200c", "\u200d", "\ufeff", "\u00ad", "\x00", "\x1b", "\x85", "\u2028", "\u2029", "\ufffd", "\udc80", "\ud83d"),
    *("🎉", "👩‍👩‍👧", "🇪🇬", "<b>", "</p", "<script>", '"><img onerror=x>', "&amp;", "&#x0;", "<!--", "{{", "{%", "\\"),
    *(
        "ﷺ",
        "ﻭﺭﺣﺒﺖ",
        "ﻧﺸﺮ",
        "ﺍﻟﻤﺼﺪﺭ",
        "Ⅷ",
        "İ",
        "ß",
        "https://example.org/?a=1&b=",
        "@user",
        "#وسم_",
        "a.b.c",
        "1.",
        "أ-",
        "٢)",
    ),
]
PIECES = st.sampled_from(WORDS.split()) | st.sampled_from(NOISE) | st.text(max_size=6)
GLUES = st.sampled_from([" ", " ", " ", "", "\n", "\r\n", "\t", "\u00a0", "\n- ", ". "])
TEXTS = st.lists(st.tuples(PIECES, GLUES), max_size=40).map(lambda parts: "".join(map("".join, parts)))


@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXTS, st.sampled_from(["", "2019-05-01", "no date"]))
def test_no_text_crashes_and_offsets_slice_back(text, date):
    gazetteer = Gazetteer.shipped()
    sentences = split_sentences(text)
    ends = [0, *(one.end for one in sentences)]
    for one, before in zip(sentences, ends, strict=False):
        assert before <= one.start < one.end <= len(text)
        surface = text[one.start : one.end]
        assert surface == surface.strip()
        assert any(letter.isalpha() for letter in surface)
    inside = sum(letter.isalpha() for one in sentences for letter in text[one.start : one.end])
    assert inside == sum(letter.isalpha() for letter in text)
    assert find_date(text) == "" or parse_date(find_date(text)) == find_date(text)
    sentences = [one for one in sentences if not is_boilerplate(text, one)]
    mentions = find_mentions(text, sentences, gazetteer, date)
    for mention in mentions:
        assert any(one.start <= mention.start < mention.end <= one.end for one in sentences)
        assert text[mention.start : mention.end].strip() == text[mention.start : mention.end]
        assert gazetteer.find(mention.party).id == mention.party
    speakers = find_speakers(text, sentences, mentions)
    assert len(speakers) == len(sentences)
    for found in speakers:
        assert found
        assert all(one.surface in text and bool(one.surface) != (one.party == REPORT) for one in found)
