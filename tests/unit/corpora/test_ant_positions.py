import io
import json
import tarfile
from collections import Counter
from hashlib import sha256

import pytest

from janib.corpora.readers.ant_positions import make_text, read_documents, read_positions
from janib.errors import DataError
from janib.schema import REPORT_NAME

ARTICLE = """<DOC>
<TITLE>الوزارة  تنفي
&quot;الشائعات&quot;</TITLE>
<ABSTRACT>ملخص</ABSTRACT>
<TEXT>
قالت الوزارة إن الخبر عار من الصحة.
</TEXT>
</DOC>"""
TEXT = 'الوزارة تنفي "الشائعات"\nقالت الوزارة إن الخبر عار من الصحة.\n'
LEFT_OUT = {
    *("internationalNews-1167-20170617", "internationalNews-862-20140716", "internationalNews-1097-20170605"),
    *("internationalNews-194-20161224", "internationalNews-1132-20170607", "internationalNews-1095-20170605"),
    *("internationalNews-641-20170405", "internationalNews-196-20161028", "internationalNews-304-20170217"),
    *("economy-170-20161129", "economy-243-20170425", "politic-483-20170605", "politic-437-20160202"),
}


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "corpus.tar.gz"
    with tarfile.open(path, "w:gz") as packed:
        for name in ("antcorpus.data-06f6/politic/JA-politic-1.txt", "antcorpus.data-06f6/README.md"):
            member = tarfile.TarInfo(name)
            member.size = len(ARTICLE.encode())
            packed.addfile(member, io.BytesIO(ARTICLE.encode()))
    return path


def test_an_article_is_its_headline_in_one_line_and_its_body(archive):
    assert make_text(ARTICLE) == TEXT
    assert read_documents(archive, {"JA-politic-1": sha256(ARTICLE.encode()).hexdigest()}) == {"JA-politic-1": TEXT}


def test_another_article_under_the_name_is_refused(archive):
    with pytest.raises(DataError, match=r"JA-politic-1.txt is not the article that was labelled"):
        read_documents(archive, {"JA-politic-1": sha256(b"other").hexdigest()})


def test_a_missing_article_is_named(archive):
    with pytest.raises(DataError, match=r"lacks 1 of 1 articles, JA-politic-2 first; expected the files of https://"):
        read_documents(archive, {"JA-politic-2": "0" * 64})


def test_what_was_left_out_is_not_labelled():
    labelled = {one["doc"].removeprefix("JA-") for one in read_positions()}
    assert len(labelled) > 3000
    assert labelled.isdisjoint(LEFT_OUT)


def test_labels_stand_off_by_offset_alone():
    for one in read_positions():
        assert one["start"] <= one["mentions"][0][0] < one["mentions"][0][1] <= one["end"]
        assert not any("\u0621" <= letter <= "\u064a" for letter in json.dumps(one["mentions"] + one["speakers"]))


def test_articles_do_not_cross_splits_and_no_party_has_more_than_its_share():
    rows = read_positions()
    assert max(len(splits) for splits in _list_splits(rows).values()) == 1
    parties = Counter(one["party"] for one in rows if one["party"])
    assert max(parties.values()) <= 0.06 * len(rows)
    assert {one["half"] for one in rows if one["split"] == "test"} == {"random"}


def _list_splits(rows):
    splits = {}
    for one in rows:
        splits.setdefault(one["doc"], set()).add(one["split"])
    return splits


@pytest.mark.parametrize("name", ["ant_positions", "anercorp_positions"])
def test_rows(read_mirror, name):
    splits = read_mirror(name)
    assert set(splits) == {"train", "valid", "test"}
    for rows in splits.values():
        for row in rows:
            assert row.target
            assert row.target in row.text
            assert row.speaker
    assert any(row.speaker == REPORT_NAME for row in splits["test"])
