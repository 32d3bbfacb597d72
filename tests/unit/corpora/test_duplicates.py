import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from janib.corpora.duplicates import cluster_texts, find_pairs, join_clusters, make_shingles

TEXT = "أعلنت وزارة التعليم فتح باب التسجيل في المدارس الحكومية ابتداء من الأسبوع القادم"


@pytest.mark.parametrize(
    "copy",
    [
        TEXT,
        "أَعْلَنَتْ وزارةُ التعليمِ فتحَ بابِ التسجيلِ في المدارسِ الحكوميةِ ابتداءً من الأسبوعِ القادمِ",
        f"RT @user: {TEXT}",
        f"{TEXT} https://t.co/AbCdEf1234",
        f"@user @other {TEXT}",
        TEXT.replace("وزارة التعليم", "#وزارة_التعليم"),
        TEXT.replace("التعليم", "التعلـــيم").replace(" ", "  "),
        f"\u200f{TEXT}!!\u200f",
        TEXT.replace("أ", "ا").replace("ة", "ه"),
    ],
)
def test_a_text_in_another_dress_is_the_same(copy):
    assert find_pairs([TEXT, "شيء آخر تماما لا علاقة له بالأول", copy]) == [(0, 2, 1.0)]


def test_a_word_more_is_nearly_the_same():
    [(left, right, overlap)] = find_pairs([TEXT, f"{TEXT} عاجل"])
    assert (left, right) == (0, 1)
    first, second = make_shingles(TEXT), make_shingles(f"{TEXT} عاجل")
    assert overlap == len(first & second) / len(first | second)
    assert 0.7 < overlap < 1


def test_other_texts_are_not():
    others = [
        "أعلنت وزارة الصحة وصول دفعة جديدة من اللقاحات إلى المستودعات",
        "رفضت النقابة مشروع القانون وطالبت بسحبه",
        "نص",
        "",
        "https://t.co/a",
        "https://t.co/b ؟",
        "👍",
        "👎",
    ]
    assert [pair for pair in find_pairs([TEXT, *others]) if 0 in pair] == []
    assert cluster_texts(["نص", "شخص", "👍", "👎"]).tolist() == [0, 1, 2, 3]


def test_copies_of_copies_are_one_cluster():
    clusters = cluster_texts([TEXT, "نص", f"RT @a: {TEXT}", f"{TEXT} عاجل", "نص"])
    assert clusters[0] == clusters[2] == clusters[3]
    assert clusters[1] == clusters[4] != clusters[0]


def test_a_thousand_copies_are_linked_to_the_first():
    assert len(find_pairs([TEXT] * 1000)) == 999


def test_no_texts():
    assert find_pairs([]) == []
    assert cluster_texts([]).tolist() == []


@given(count=st.integers(1, 12), data=st.data())
@settings(deadline=None)
def test_clusters_are_what_links_reach(count, data):
    row = st.integers(0, count - 1)
    links = data.draw(st.lists(st.tuples(row, row), max_size=20))
    clusters = join_clusters(count, links)
    reached = np.eye(count, dtype=bool)
    for left, right in links:
        reached[left, right] = reached[right, left] = True
    for _ in range(count):
        reached = reached @ reached
    assert np.array_equal(clusters[:, None] == clusters[None, :], reached)
