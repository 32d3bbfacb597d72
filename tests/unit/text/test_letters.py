from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janib.text import letters

COMMUTING = (
    letters.strip_diacritics,
    letters.strip_tatweel,
    letters.unify_alif,
    letters.unify_ya,
    letters.unify_ta_marbuta,
    letters.unify_hamza,
    letters.unify_lookalikes,
    letters.unify_digits,
)
ARABIC = st.text(st.characters(min_codepoint=0x600, max_codepoint=0x6FF) | st.sampled_from("ﷺﻷﹰﱠa1 \u0301"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ﻻ ﻷ ﻼ ﻹ ﻵ", "لا لأ لا لإ لآ"),
        ("ﺍﻟﻌﺮﺑﻴﺔ", "العربية"),
        ("قال ﷺ", "قال صلى الله عليه وسلم"),
        ("ﷲ ﷼ ﷽", "الله ريال بسم الله الرحمن الرحيم"),
        ("مكتﹶب", "مكتَب"),  # an isolated fatha does not split the word
        ("كﹻتب", "كـِتب"),
        ("ا\u0654حمد مسو\u0654ول", "أحمد مسؤول"),
        ("Ｈｅｌｌｏ 𝐇𝐞𝐥𝐥𝐨 𝓗", "Hello Hello H"),
        ("م² ½ ™ ﬁ", "م² ½ ™ ﬁ"),
        ("cafe\u0301", "café"),
        ("", ""),
    ],
)
def test_unfold_forms(text: str, expected: str) -> None:
    assert letters.unfold_forms(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("هٰذَا الرَّحْمٰنِ كِتَابًا", "هذا الرحمن كتابا"),
        ("ذَٰلِكَ ٱلْكِتَـٰبُ لَا رَيْبَ ۛ فِيهِ ۛ", "ذلك ٱلكتـب لا ريب  فيه "),
        ("لَهُۥ بِهِۦ", "له به"),
        ("café 123 😀", "café 123 😀"),
    ],
)
def test_strip_diacritics(text: str, expected: str) -> None:
    assert letters.strip_diacritics(text) == expected


@pytest.mark.parametrize(
    ("step", "text", "expected"),
    [
        (letters.strip_tatweel, "العـــربيـة", "العربية"),
        (letters.unify_alif, "أحمد إلى آخر ٱلكتاب ىء", "احمد الى اخر الكتاب ىء"),
        (letters.unify_ya, "على مستشفى", "علي مستشفي"),
        (letters.unify_ta_marbuta, "مدرسة مدرسۃ", "مدرسه مدرسه"),
        (letters.unify_hamza, "مسؤول مسئول سماء", "مسوول مسيول سماء"),
        (letters.unify_lookalikes, "کتاب گلبي ڤيديو پاص چاي یوم ہذا", "كتاب كلبي فيديو باص جاي يوم هذا"),
        (letters.unify_digits, "١٢٣ ۴۵۶ 789 ٣٫٥٪ ١٬٠٠٠", "123 456 789 3.5% 1,000"),
        (letters.squeeze_elongation, "جمييييل ههههههه !!!!! اللله 1000000", "جمييل هه !! الله 1000000"),
        (letters.squeeze_elongation, "حلوووو 😂😂😂😂 cooool\n\n\n", "حلوو 😂😂 cool\n\n\n"),
    ],
)
def test_letter_steps(step: object, text: str, expected: str) -> None:
    assert step(text) == expected


@given(ARABIC)
def test_order_does_not_matter_after_unfolding(text: str) -> None:
    text = letters.unfold_forms(text)
    for first, second in permutations(COMMUTING, 2):
        assert first(second(text)) == second(first(text))
