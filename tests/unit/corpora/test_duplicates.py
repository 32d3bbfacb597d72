import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH
from hypothesis import given, settings
from hypothesis import strategies as st

from janib.corpora import duplicates
from janib.corpora.duplicates import (
    FOLD_BANDS,
    cluster_texts,
    find_leaks,
    find_pairs,
    join_clusters,
    make_shingles,
    normalise_text,
)
from janib.schema import Example

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
    first, second = make_shingles(normalise_text(TEXT)), make_shingles(normalise_text(f"{TEXT} عاجل"))
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


def test_a_crowd_of_near_copies_is_compared_with_neighbours_alone(monkeypatch):
    monkeypatch.setattr(duplicates, "_CROWD", 3)
    crowd = [f"{TEXT} {chr(0x628 + number)}{number}" for number in range(60)]
    everybody = 60 * 59 // 2
    assert len(find_pairs(crowd)) < everybody / 2
    assert set(cluster_texts(crowd).tolist()) == {0}


def test_no_texts():
    assert find_pairs([]) == []
    assert cluster_texts([]).tolist() == []
    assert find_leaks([], []) == []


def make_mixed_texts(count=300, seed=0):
    """Texts of few words, of which some are others with words changed: overlaps of all sizes."""
    random = np.random.default_rng(seed)
    words = [f"{chr(0x628 + number % 20)}{chr(0x641 + number // 20)}م{number}" for number in range(120)]
    texts = []
    for number in range(count):
        text = [words[place] for place in random.integers(0, len(words), 12)]
        if number % 3:
            text = texts[-1].split()
            for place in random.integers(0, 12, random.integers(1, 4)):
                text[place] = words[random.integers(0, len(words))]
        texts.append(normalise_text(" ".join(text)))
    return texts


def test_sketches_are_those_of_the_library():
    texts = [*make_mixed_texts(40), "نص", "👍", "", "a\ud800"]
    for text, found in zip(texts, duplicates._sketch(texts, 64), strict=True):
        sketch = MinHash(64)
        sketch.update_batch([gram.encode("utf-8", "surrogatepass") for gram in make_shingles(text)])
        assert np.array_equal(found, sketch.hashvalues)


def test_what_is_proposed_for_cuts_is_what_the_librarys_index_finds():
    texts = list(dict.fromkeys(make_mixed_texts()))
    index = MinHashLSH(threshold=0.7, num_perm=64)
    assert (index.b, index.r) == FOLD_BANDS
    wanted = set()
    for row, text in enumerate(texts):
        sketch = MinHash(64)
        sketch.update_batch([gram.encode() for gram in make_shingles(text)])
        for other in index.query(sketch):
            one, two = make_shingles(text), make_shingles(texts[other])
            if len(one & two) / len(one | two) >= 0.7:
                wanted.add((other, row))
        index.insert(row, sketch)
    assert {(left, right) for left, right, _ in find_pairs(texts, bands=FOLD_BANDS)} == wanted != set()


def test_hardly_any_pair_is_missed():
    texts = list(dict.fromkeys(make_mixed_texts(600)))
    shingles = [make_shingles(text) for text in texts]
    near = {
        (i, j)
        for j, right in enumerate(shingles)
        for i, left in enumerate(shingles[:j])
        if len(left & right) / len(left | right) >= 0.7
    }
    found = {(left, right) for left, right, _ in find_pairs(texts)}
    assert found <= near
    assert len(found) >= 0.97 * len(near) > 100


def make_rows(*texts):
    return [Example(str(number), text) for number, text in enumerate(texts)]


def test_leaks_are_copies_and_near_copies_of_test_rows_alone():
    other = "رفضت النقابة مشروع القانون الجديد وطالبت الحكومة بسحبه فورا من البرلمان"
    train = make_rows(other, f"RT @a: {TEXT}", f"{TEXT} عاجل", f"{TEXT}، عاجل!", f"{other} اليوم", "نص")
    test = make_rows("خبر لا يشبه غيره في شيء على الإطلاق", TEXT, TEXT)
    assert find_leaks(train, test) == [1, 2, 3]
    assert find_leaks(train, []) == find_leaks([], test) == []
    assert find_leaks(make_rows(*[TEXT] * 5), test) == [0, 1, 2, 3, 4]


def test_a_neighbour_of_a_leak_is_none():
    # Each step changes a little; the ends are far apart, so the last row says something else than the test row.
    words = [f"كلمة{chr(0x628 + number)}{chr(0x641 + number % 9)}س{number}" for number in range(20)]
    steps = [" ".join([*[f"جديد{chr(0x628 + k)}ص{k}" for k in range(step)], *words[step:]]) for step in (0, 2, 4, 6)]
    leaks = find_leaks(make_rows(*steps[1:]), make_rows(steps[0]))
    first, last = make_shingles(steps[0]), make_shingles(steps[-1])
    assert len(first & last) / len(first | last) < 0.7
    assert 0 in leaks
    assert 2 not in leaks
    assert set(cluster_texts(steps).tolist()) == {0}


@given(st.lists(st.sampled_from([TEXT, f"{TEXT} عاجل", "نص", "", "شيء آخر لا علاقة له بالأول"]), max_size=8), st.data())
@settings(deadline=None, max_examples=30)
def test_a_training_row_that_stands_in_test_is_always_a_leak(texts, data):
    test = data.draw(st.lists(st.sampled_from(["نص", TEXT, "خبر جديد"]), max_size=4))
    leaks = find_leaks(make_rows(*texts), make_rows(*test))
    assert {place for place, text in enumerate(texts) if text in test} <= set(leaks)
    assert leaks == sorted(set(leaks))


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
