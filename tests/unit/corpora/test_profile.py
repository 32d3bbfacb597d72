"""What is said of a user's rows before a model is trained on them."""

import json

import pytest

from janib.corpora.profile import describe_rows
from janib.corpora.readers.own_file import read_own_file

HEADER = "text,target,stance"
ROWS = [
    f"{words} رقم {number} {filler},{target},{stance}"
    for number, (words, stance, filler) in enumerate(
        [
            ("نرحّب بهذا القرار", "favor", "صباحًا مع الأصدقاء"),
            ("نرفض ما جرى أمس", "against", "ولا نقبل العذر أبدًا"),
            ("عقد الاجتماع مساءً", "neutral", "في القاعة الكبرى بالعاصمة"),
        ]
        * 12
    )
    for target in ["المجلس" if number % 2 else "البلدية"]
]


@pytest.fixture
def describe(write):
    """Write rows of a training file, and of a test file; return what is said of them, by kind."""

    def run(train, test=None, *, header=HEADER, task="stance", **options):
        paths = [write(f"{name}.csv", header, *rows) for name, rows in (("train", train), ("test", test or []))]
        corpus, splits = read_own_file(paths[0], task, test_path=paths[1] if test else None, **options)
        profile = describe_rows(corpus, splits, [task])
        json.dumps(profile.to_dict(), allow_nan=False)
        return {note.kind: note.sentence for note in profile.notes}

    return run


def test_nothing_is_said_of_rows_without_a_fault(describe):
    assert describe(ROWS) == {}


def test_rows_are_counted(write):
    corpus, splits = read_own_file(write("in.csv", HEADER, *ROWS), "stance")
    profile = describe_rows(corpus, splits, ["stance"])
    assert profile.list_lines() == [
        "train: 36 rows; 2 targets; stance: against 12, neutral 12, favor 12; a text has 9 words (median; at most 10)"
    ]


@pytest.mark.parametrize("spelling", ["المجلس\u200f", "\u202bالمجلس", "المـجلس", "المجلِس", "ﺍﻟﻤﺠﻠﺲ", "المجلس\u00a0"])
def test_spellings_of_a_target_are_one_target(describe, spelling):
    rows = [row.replace("المجلس", spelling) if "رقم 1 " in row else row for row in ROWS]
    notes = describe(rows)
    assert notes.keys() <= {"spelling"}
    if spelling.strip("\u200f\u202b\u00a0") != "المجلس":
        assert "'المجلس' (17)" in notes["spelling"]


def test_spellings_of_a_label_are_one_label(describe, write):
    spelled = ["شكوى", "شَكوى", "شكوى\u200f", " شكوى", "طلب", "Request", "request"]
    rows = [f"نص مختلف تمامًا {number} {chr(0x628 + number) * 5},{label}" for number, label in enumerate(spelled)]
    header = "text,label"
    corpus, splits = read_own_file(
        write("in.csv", header, *rows), "label", test_path=write("test.csv", header, "آخر,REQUEST", "غيره,شكوي")
    )
    assert corpus.labels == ("Request", "شكوى", "طلب")
    assert [row.label for row in splits["test"]] == ["Request", "شكوى"]
    assert describe_rows(corpus, splits, ["label"]).notes[0].kind == "spelling"


def test_the_best_possible_score_is_named(describe):
    notes = describe([row for row in ROWS if not row.endswith("neutral")])
    assert notes == {
        "best_score": "train: no row is neutral, so even perfect answers have macro_f1 0.667. Where there is no such "
        "label at all, take task=label with data.columns.label=stance."
    }
    notes = describe([row for row in ROWS if row.endswith(("favor", "neutral"))], metric="favg2")
    assert "no row is against, so even perfect answers have favg2 0.500" in notes["best_score"]


def test_a_target_of_one_side_bounds_the_score_by_target(describe):
    rows = [row for row in ROWS if not ("البلدية" in row and row.endswith("against"))]
    assert describe(rows, metric="f_avg_by_target")["best_score"] == (
        "train: some targets have rows of one side alone, so even perfect answers have f_avg_by_target 0.750."
    )


def test_rare_labels_and_labels_of_no_training_row(describe):
    rare = [row for row in ROWS if not row.endswith("neutral")] + [ROWS[2]]
    assert describe(rare)["rare_label"].startswith("few of the 25 training rows: neutral 1. macro_f1 gives each label")
    assert describe(ROWS[:9])["rare_label"] == "only 9 training rows: what they show may be chance."
    train = [row for row in ROWS if not row.endswith("neutral")]
    notes = describe(train, ["عقد اللقاء في موعده المحدد,المجلس,neutral"])
    assert notes["untrained_label"] == "test has rows of a label that no training row has: neutral 1."


def test_one_target_and_unseen_targets(describe):
    train = [row for row in ROWS if "المجلس" in row]
    notes = describe(train, ["نؤيد الوزير الجديد تأييدًا تامًا,الوزارة,favor"])
    assert notes["one_target"] == "all training rows have one target, 'المجلس'; of others nothing is learned."
    assert notes["unseen_target"] == "1 of 1 rows of test have a target of no training row."


@pytest.mark.parametrize("word", ["nan", "NaN", "None", "NULL", "#N/A"])
def test_an_empty_cell_of_a_program_is_named(describe, word):
    notes = describe([*ROWS, f"نص آخر لا يشبه غيره,{word},favor"])
    assert notes["no_value"] == f"the target {word!r} (1) is what programs write for an empty cell."


def test_rows_that_repeat_and_contradict_each_other(describe):
    again = ROWS[0].replace("نرحّب", "نرحـب").replace("favor", "against")
    notes = describe([*ROWS, again, ROWS[1]])
    assert notes["conflict"] == (
        "2 of 38 rows contradict another: the same text and target with another stance "
        "(first: train '1' and train '37')."
    )
    assert notes["repetition"] == "2 of 38 training rows repeat another's text and target."


def test_the_same_text_about_two_targets_is_no_contradiction(describe):
    assert describe([*ROWS, ROWS[0].replace("البلدية", "المجلس").replace("favor", "against")]) == {}


def test_test_rows_that_stand_in_training_are_counted(describe):
    near = f"{ROWS[3].split(',')[0]} !!عاجل,البلدية,favor"
    notes = describe(ROWS, [ROWS[0], near, "لا شيء من هذا يشبه ما سبق قط,المجلس,favor"])
    assert notes["leak"] == (
        "the texts of 2 of 3 rows of test stand in training too, 1 word for word and the others nearly; "
        "split.drop_leaks=true leaves them out of training."
    )
    same = describe(ROWS, ROWS)["leak"]
    assert same.startswith("the texts of 36 of 36 rows of test stand in training too, 36 word for word;")


def test_texts_that_are_damaged_or_not_arabic(describe):
    damaged = "نرفض قرار الأمس".encode("cp1256").decode("latin-1")
    notes = describe([*ROWS, f"{damaged},المجلس,favor", "we welcome it,المجلس,favor", "👍 12,المجلس,favor"])
    assert notes["damage"] == (
        "1 of 39 texts look damaged, Windows-1256 read as Windows-1252 or Latin-1; "
        "make the file again from its source, as UTF-8 (first: train '37')."
    )
    assert notes["not_arabic"] == (
        "1 of 39 texts are hardly Arabic: most of their letters are not (first: train '38')."
    )
    assert notes["no_letter"] == ("1 of 39 texts have no letter, but links, digits or emoji alone (first: train '39').")


def test_no_note_holds_a_text(describe):
    rows = [*ROWS, ROWS[0], "we welcome it,المجلس,nan"]
    for sentence in describe(rows, [ROWS[0]], task="label", columns={"label": "stance"}).values():
        assert not any(row.split(",")[0] in sentence for row in rows)
