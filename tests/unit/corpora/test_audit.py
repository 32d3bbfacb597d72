import csv
import gzip
from dataclasses import replace

import pytest

from janib.corpora import read_corpus
from janib.corpora.audit import CorpusSplit, Finding, audit_corpora, make_sheets, write_audit
from janib.corpora.base import Corpus
from janib.schema import Example

A = "أعلنت وزارة التعليم فتح باب التسجيل في المدارس الحكومية ابتداء من الأسبوع القادم"
B = "رفضت النقابة مشروع القانون الجديد وطالبت الحكومة بسحبه فورا من البرلمان"
C = "وصل الوفد التجاري إلى العاصمة صباح اليوم والتقى ممثلي الغرفة"


def make_corpus(name="one", **options):
    options = {"metrics": {"stance": "macro_f1"}, **options}
    return Corpus(name, "Title", "", "CC0", "Nobody", read=lambda _: {}, **options)


def list_findings(audit, kind):
    return [(finding.corpus, finding.split, finding.id) for finding in audit.findings if finding.kind == kind]


def get_counts(overlap):
    return {name: len(getattr(overlap, name)) for name in overlap.__dataclass_fields__ if getattr(overlap, name)}


def test_copies_across_splits():
    train = [Example("1", A, "التعليم"), Example("2", B, "القانون"), Example("3", C, "الوفد")]
    test = [
        Example("4", A, "التعليم"),
        Example("5", f"RT @x: {B.replace('أ', 'ا')} https://t.co/a", "النقابة"),
        Example("6", f"{C} عاجل", "الوفد"),
        Example("7", "خبر لا يشبه غيره في شيء", "غيره"),
    ]
    audit = audit_corpora([(make_corpus(), {"train": train, "test": test})])
    one, other = CorpusSplit("one", "test"), CorpusSplit("one", "train")
    assert set(audit.overlaps) == {(one, other), (other, one)}
    assert get_counts(audit.overlaps[one, other]) == {"verbatim": 1, "same": 2, "near": 3, "twins": 1}
    assert audit.texts_found[one, other] == 3
    assert audit.splits == {other: 3, one: 4}
    copies = [finding for finding in audit.findings if finding.kind == "copy"]
    assert [finding.id for finding in copies] == ["1", "4", "2", "5", "3", "6"]
    assert copies[0].text == copies[1].text
    assert copies[4].text != copies[5].text
    assert copies[4].cluster == copies[5].cluster
    [line] = make_sheets(audit)[0].lines
    assert line == ("one/test", "one/train", "4", "1", "2", "3", "1", "0", "0", "3 of 4", "0")


def test_copies_within_a_split():
    rows = [Example("1", A, "التعليم"), Example("2", A, "التعليم"), Example("3", A, "المدارس"), Example("4", B, "ب")]
    audit = audit_corpora([(make_corpus(), {"train": rows})])
    part = CorpusSplit("one", "train")
    assert get_counts(audit.overlaps[part, part]) == {"verbatim": 3, "same": 3, "near": 3, "twins": 2}
    assert list_findings(audit, "copy") == [("one", "train", "1"), ("one", "train", "2"), ("one", "train", "3")]
    assert make_sheets(audit)[0].lines[0][1] == "itself"


def test_rows_without_copies_are_silent():
    audit = audit_corpora([(make_corpus(), {"train": [Example("1", A), Example("2", B)], "test": [Example("3", C)]})])
    assert audit.overlaps == {}
    assert audit.findings == []
    assert make_sheets(audit)[1].lines == [("one/train", "2", "", ""), ("one/test", "1", "", "")]  # nothing was sought


def test_one_sentence_with_several_targets_is_no_copy_of_itself():
    rows = [Example(str(number), A, target, document="d") for number, target in enumerate(["التعليم", "المدارس"])]
    assert list_findings(audit_corpora([(make_corpus(), {"train": rows})]), "copy") == []
    moved = [rows[0], replace(rows[1], document="e")]
    assert len(list_findings(audit_corpora([(make_corpus(), {"train": moved})]), "copy")) == 2


@pytest.mark.parametrize(
    ("change", "conflicts", "near_conflicts"),
    [
        ({}, 2, 0),
        ({"text": f"{A}!!"}, 2, 0),
        ({"text": f"{A} عاجل"}, 0, 2),
        ({"stance": "favor"}, 0, 0),
        ({"stance": None}, 0, 0),
        ({"target": "غيرها"}, 0, 0),
        ({"target": "ألمدارس"}, 2, 0),  # the same after normalisation
        ({"speaker": "وزير"}, 0, 0),
        ({"context": "تغريدة أخرى"}, 0, 0),
    ],
)
def test_conflicts_are_between_rows_that_ask_the_same(change, conflicts, near_conflicts):
    one = Example("1", A, "المدارس", speaker="الوزارة", context="تغريدة", stance="favor")
    two = replace(one, **{"id": "2", "stance": "against", **change})
    audit = audit_corpora([(make_corpus(), {"train": [one], "test": [two]})])
    assert len(list_findings(audit, "conflict")) == conflicts
    assert len(list_findings(audit, "near_conflict")) == near_conflicts
    for finding in audit.findings:
        if finding.kind == "conflict" and finding.id == "1":
            assert (finding.task, finding.given, finding.other) == ("stance", "favor", "against")


def test_corpora_are_compared_by_the_labels_they_share():
    topic = Example("1", A, "التعليم", sentiment="positive", label="x")
    plain = Example("1", A, sentiment="negative", label="y")
    corpora = [(make_corpus("one"), {"train": [topic]}), (make_corpus("two"), {"train": [plain]})]
    audit = audit_corpora(corpora)
    found = [finding for finding in audit.findings if finding.kind == "conflict"]
    assert {(finding.corpus, finding.task) for finding in found} == {("one", "sentiment"), ("two", "sentiment")}
    same = audit_corpora([(make_corpus(), {"train": [topic], "test": [replace(plain, id="2")]})])
    assert {finding.task for finding in same.findings if finding.kind == "conflict"} == {"sentiment", "label"}


def test_documents_that_splits_share():
    splits = {
        "train": [Example("1", A, document="d"), Example("2", B, document="e")],
        "test": [Example("3", C, document="d"), Example("4", "خبر آخر لا صلة له", document="f")],
    }
    audit = audit_corpora(
        [(make_corpus(), splits), (make_corpus("two"), {"train": [Example("9", "شيء", document="f")]})]
    )
    assert {pair: found.documents for pair, found in audit.overlaps.items()} == {
        (CorpusSplit("one", "train"), CorpusSplit("one", "test")): {0},
        (CorpusSplit("one", "test"), CorpusSplit("one", "train")): {2},
    }


def test_targets_that_are_not_where_they_should_be():
    rows = [Example("1", A, "وزارةُ التعليم"), Example("2", B, "المجلس", context="عن المجلس"), Example("3", C, "الوفد")]
    for column, missing in (("text", ["2"]), ("context", ["1", "3"]), ("", [])):
        audit = audit_corpora([(make_corpus(target_in=column), {"train": rows})])
        assert [row for _, _, row in list_findings(audit, "no_target")] == missing


def test_written_files_hold_ids_and_no_texts(tmp_path):
    corpora = [(make_corpus(target_in="text"), {"train": [Example("1", A, "غائب"), Example("2", A, "التعليم")]})]
    doubt = Finding("doubt", "one", "train", "2", task="stance", given="favor", other="against", score="0.0100")
    for folder in (tmp_path / "one", tmp_path / "two"):
        write_audit(audit_corpora(corpora, [doubt]), folder)
    first, second = (tmp_path / name / "findings.csv.gz" for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()
    with gzip.open(first, "rt", encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [(line["kind"], line["id"]) for line in lines] == [
        ("copy", "1"),
        ("copy", "2"),
        ("no_target", "1"),
        ("doubt", "2"),
    ]
    summary = (tmp_path / "one" / "summary.md").read_text(encoding="utf-8")
    assert "| one/train | itself | 2 | 2 | 2 | 2 | 0 | 0 | 0 | 1 of 1 | 0 |" in summary
    assert "| one/train | 2 | 1 | 1 |" in summary
    for text in (A, "غائب", "التعليم"):
        assert text not in summary + str(lines)


def test_it_finds_what_is_known_of_the_corpora(read_mirror):
    names = ("mawqif", "mawqif_unseen", "semeval2017", "arsarcasm_v2", "newsmtsc", "dse")
    audit = audit_corpora([read_corpus(name) for name in names])

    def get(one, other):
        return audit.overlaps[CorpusSplit(*one.split("/")), CorpusSplit(*other.split("/"))]

    assert len(get("mawqif/test", "mawqif_unseen/train").twins) == 409
    assert len(get("semeval2017/train", "arsarcasm_v2/train").near) == 3298  # of 3,355 rows
    assert audit.texts_found[CorpusSplit("semeval2017", "train"), CorpusSplit("arsarcasm_v2", "train")] >= 3200
    # Word for word, marks and label too.
    assert len(get("dse/test", "dse/train").verbatim) == 400
    assert get("dse/test", "dse/train").conflicts == {}
    assert len(get("newsmtsc/test_mt", "newsmtsc/train").documents) == 735
    assert len(get("newsmtsc/test_rw", "newsmtsc/train").documents) == 564
