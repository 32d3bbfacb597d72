import errno
import logging
import shlex
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from janib.corpora.readers.own_file import read_own_file
from janib.errors import ConfigError, DataError, JanibError
from janib.labels import STANCE_LABELS
from janib.models.majority import MajorityModel
from janib.schema import Example

HEADER = "id,text,target,stance"
MEND = "mend them, or train on the other {} with data.bad_rows=skip"


def explain(*arguments, error=DataError, **options):
    with pytest.raises(error) as raised:
        read_own_file(*arguments, **options)
    assert isinstance(raised.value, JanibError)
    return str(raised.value)


def test_rows_of_a_csv(corpus_file):
    corpus, splits = read_own_file(corpus_file, "stance", test_path=corpus_file)
    assert list(splits) == ["train", "test"]
    assert splits["train"][0] == Example("a1", "رحّب الوزير باتفاق الموانئ", "اتفاق الموانئ", stance="favor")
    assert [row.stance for row in splits["train"]] == ["favor", "against", "neutral", "favor"]
    assert (corpus.name, corpus.title, corpus.metrics) == ("csv", "own file corpus.csv", {"stance": "macro_f1"})
    assert corpus.target_is_given
    assert corpus.task_labels("stance") == STANCE_LABELS


def test_columns_and_words_of_ones_own(write):
    path = write(
        "in.jsonl",
        '{"tweet": "نص", "party": 7, "side": "مع", "who": "الوزير"}',
        '{"tweet": "آخر", "party": "أ", "side": 0}',
    )
    corpus, splits = read_own_file(
        path,
        "stance",
        name="mine",
        columns={"text": "tweet", "target": "party", "stance": "side", "speaker": "who", "id": None},
        words={"favor": ["مع", "نعم"], "against": "0", "neutral": None},
    )
    assert splits["train"] == [
        Example("1", "نص", "7", speaker="الوزير", stance="favor"),
        Example("2", "آخر", "أ", stance="against"),
    ]
    assert corpus.name == "mine"


def test_labels_of_ones_own_are_those_of_train(write):
    train = write("train.csv", "text,label,stance", "نص,شكوى,pro", "آخر,طلب,con")
    corpus, splits = read_own_file(train, "label")
    assert corpus.labels == ("شكوى", "طلب")
    assert not corpus.target_is_given
    assert splits["train"][0] == Example("1", "نص", label="شكوى")
    test = write("test.csv", "text,label", "نص,شكر")
    assert explain(train, "label", test_path=test) == (
        f"{test}, row 1 (line 2): label 'شكر' is unknown, expected one of شكوى, طلب; did you mean 'شكوى'?\nmend them"
    )


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("2,,أ,favor", "text is blank; every row needs one"),
        ("2,نص,,favor", "target is blank; every row needs one"),
        ("2,نص,أ,", "stance is blank; every row needs one"),
        (",نص,أ,favor", "id is blank; every row needs its own"),
        (
            "1,نص,أ,favor",
            "id '1' is already in row 1 (line 2); every row needs its own, or number the rows and keep an id in "
            "one fold: data.columns.id=false data.columns.group=id",
        ),
        ("2,نص\0,أ,favor", "text holds a NUL byte, the sign of a damaged or binary file; remove it"),
        ("2,نص,favor", "expected 4 cells as in the header, found 3; check commas and quotes"),
        ('2,"نص"و,أ,favor', "the row cannot be read as CSV (',' expected after '\"'); check its quoting"),
        (
            "2,نص,أ,Favor?",
            "label 'Favor?' is unknown, expected one of against, neutral, favor; did you mean 'favor'? "
            "Say what it means: 'data.words.<against|neutral|favor>=\"Favor?\"'",
        ),
        (
            "2,نص,أ,1",
            "label '1' is unknown, expected one of against, neutral, favor. "
            "Say what it means: 'data.words.<against|neutral|favor>=\"1\"'",
        ),
        (
            "2,نص,أ,نعم",
            "label 'نعم' is unknown, expected one of against, neutral, favor. "
            "Say what it means: 'data.words.<against|neutral|favor>=\"نعم\"'",
        ),
    ],
)
def test_one_bad_row(write, caplog, row, problem):
    path = write("in.csv", HEADER, "1,نص,أ,favor", row, "3,نص,أ,against")
    assert explain(path, "stance") == f"{path}, row 2 (line 3): {problem}\n{MEND.format(2)}"
    with caplog.at_level(logging.WARNING):
        _, splits = read_own_file(path, "stance", bad_rows="skip")
    assert [row.id for row in splits["train"]] == ["1", "3"]
    assert caplog.messages == [f"left out: {path}, row 2 (line 3): {problem}"]
    assert sorted(path.parent.iterdir()) == [path]


def test_the_word_that_the_error_offers_is_taken(write):
    path = write("in.csv", HEADER, "1,نص,أ,Favoured")
    assert read_own_file(path, "stance", words={"favor": "Favoured"})[1]["train"][0].stance == "favor"
    with pytest.raises(ConfigError) as caught:
        read_own_file(path, "stance", words={"Favour": "pro"})
    assert str(caught.value) == (
        "data.words: 'Favour' is unknown, expected one of against, neutral, favor, negative, positive, "
        "not_sarcastic, sarcastic; did you mean 'favor'?"
    )


def give(overrides):
    """Return the words of a command line as a shell and Hydra hand them on; its options are for the labels."""
    given = OverridesParser.create().parse_overrides(shlex.split(overrides))
    return {one.key_or_group.removeprefix("data.words."): one.value() for one in given}


@pytest.mark.parametrize(
    ("overrides", "found"),
    [
        ("data.words.favor=1 data.words.against=0 data.words.neutral=-1", ["1", "0", "-1"]),
        ("data.words.favor=[1,2] data.words.against=[0] data.words.neutral=[-1,null]", ["2", "0", "-1"]),
        ("data.words.favor=1.0 data.words.against=0.5", ["1.0", "0.5", "neutral"]),
        ("data.words.favor=true data.words.against=False data.words.neutral=null", ["true", "false", "neutral"]),
        ("data.words.favor=true data.words.against=False", ["True", "False", "neutral"]),
        ("data.words.favor=TRUE data.words.against=[false]", ["TRUE", "FALSE", "neutral"]),
        ("""data.words.favor="'+1'" data.words.against='"01"'""", ["+1", "01", "neutral"]),
    ],
)
def test_words_that_hydra_takes_for_numbers_and_bools(write, overrides, found):
    rows = [f"{number},نص,أ,{word}" for number, word in enumerate(found)]
    _, splits = read_own_file(write("in.csv", HEADER, *rows), "stance", words=give(overrides))
    assert [row.stance for row in splits["train"]] == ["favor", "against", "neutral"]


def test_bools_and_numbers_of_json_lines(write):
    path = write(
        "in.jsonl",
        '{"text": "نص", "target": "أ", "stance": true}',
        '{"text": "نص", "target": "أ", "stance": false}',
        '{"text": "نص", "target": "أ", "stance": 0}',
    )
    _, splits = read_own_file(path, "stance", words={"favor": True, "against": False, "neutral": 0})
    assert [row.stance for row in splits["train"]] == ["favor", "against", "neutral"]


@pytest.mark.parametrize(
    "word", ["1", "0", "+1", "01", "1e5", "true", "True", "null", "نعم", "don't", '"no" $x', "a,b"]
)
def test_the_advice_can_be_pasted_in_a_shell(write, word):
    cell = word.replace('"', '""')
    path = write("in.csv", HEADER, f'1,نص,أ,"{cell}"')
    advice = explain(path, "stance").splitlines()[0].partition("Say what it means: ")[2]
    words = give(advice.replace("<against|neutral|favor>", "favor"))
    assert words == {"favor": word}
    assert read_own_file(path, "stance", words=words)[1]["train"][0].stance == "favor"


def test_a_truncated_file(write):
    path = write("in.csv", HEADER, "1,نص,أ,favor")
    path.write_bytes(path.read_bytes() + '2,"مقطو'.encode())
    assert explain(path, "stance") == (
        f"{path}, row 2 (line 3): a quoted field does not end: the file is cut off, or a quote is missing\n"
        f"{MEND.format(1)}"
    )
    path = write("in.jsonl", '{"text": "نص", "target": "أ", "stance": "favor"}')
    path.write_bytes(path.read_bytes()[:-20])
    assert explain(path, "stance") == (
        f"{path}, row 1 (line 1): the line is not JSON (Expecting property name enclosed in double quotes: "
        "character 30); the file ends here: it may be cut off\nmend them"
    )


def test_many_bad_rows_are_counted(write):
    path = write("in.csv", HEADER, *[f"{number},,أ,favor" for number in range(12)], "12,نص,أ,favor")
    lines = explain(path, "stance").splitlines()
    assert lines[0] == f"{path}, row 1 (line 2): text is blank; every row needs one"
    assert lines[9:] == [
        f"{path}, row 10 (line 11): text is blank; every row needs one",
        "and 2 more bad rows",
        MEND.format(1),
    ]


def test_the_longest_text(write):
    path = write("in.csv", HEADER, f"1,{'ع' * 100_000},أ,favor")
    assert len(read_own_file(path, "stance")[1]["train"][0].text) == 100_000
    path = write("in.csv", HEADER, f"1,{'ع' * 100_001},أ,favor")
    assert explain(path, "stance").splitlines()[0] == (
        f"{path}, row 1 (line 2): text has 100,001 characters, the most is 100,000; "
        "check the file's quoting, or cut the text"
    )


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "is empty; expected a header and at least one row"),
        ([HEADER], "has no usable row; expected at least one"),
        (["id,text,target,stance,text"], "has the column 'text' 2 times; keep one of them"),
        (
            ["id,text,target,Stance"],
            "has no column 'stance', only 'id', 'text', 'target', 'Stance'; "
            "name the right one with data.columns.stance=; did you mean 'Stance'?",
        ),
        (
            ["id,text,stance"],
            "has no column 'target', only 'id', 'text', 'stance'; name the right one with data.columns.target=; "
            "did you mean 'text'?",
        ),
    ],
)
def test_files_that_cannot_be_read(write, lines, said):
    path = write("in.csv", *lines)
    assert explain(path, "stance") == f"{path} {said}"


@pytest.mark.parametrize("codec", ["cp1256", "utf-16", "utf-16-le"])
def test_other_encodings(write, codec):
    path = write("in.csv", HEADER, "1,رفضت النقابة,القانون,against")
    path.write_bytes(path.read_text(encoding="utf-8").encode(codec))
    said = {"cp1256": "Windows-1256", "utf-16": "UTF-16", "utf-16-le": "UTF-16LE"}[codec]
    assert explain(path, "stance") == (
        f"{path} is not UTF-8, it looks like {said}; convert it: "
        f"iconv -f {said.upper()} -t UTF-8 {path} > {path.with_suffix('.utf8.csv')}"
    )


def test_missing_and_unreadable_files(tmp_path, corpus_file, monkeypatch):
    assert explain(tmp_path / "none.csv", "stance") == f"{tmp_path}/none.csv does not exist; check the path"
    assert explain(corpus_file, "stance", test_path=tmp_path / "none.csv") == (
        f"{tmp_path}/none.csv does not exist; check the path"
    )

    def forbid(*_args, **_options):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", forbid)
    assert explain(corpus_file, "stance") == (
        f"{corpus_file} cannot be read: permission denied; check its owner and mode"
    )


@pytest.mark.parametrize(
    ("task", "options", "said"),
    [
        (
            "stanse",
            {},
            "task: 'stanse' is unknown, expected one of stance, sentiment, sarcasm, label; did you mean 'stance'?",
        ),
        (
            "stance",
            {"bad_rows": "skp"},
            "data.bad_rows: 'skp' is unknown, expected one of stop, skip; did you mean 'skip'?",
        ),
        (
            "stance",
            {"columns": {"txt": "tweet"}},
            "data.columns: 'txt' is unknown, expected one of id, text, target, speaker, context, document, group, "
            "stance, sentiment, sarcasm, label; did you mean 'text'?",
        ),
        (
            "label",
            {"words": {"favor": "نعم"}},
            "data.words.favor= is given, but the labels of the task label are the file's own, as they are; "
            "leave it out, or take another task",
        ),
        (
            "stance",
            {"words": {"positive": "نعم"}},
            "data.words.positive= is given, but the labels of the task stance are against, neutral, favor; "
            "leave it out, or take another task",
        ),
        ("stance", {"words": {"favor": {"a": 1}}}, "data.words.favor is {'a': 1}, expected a word or a list of words"),
        ("stance", {"words": {"favor": []}}, "data.words.favor is [], expected a word or a list of words"),
        ("stance", {"words": {"favor": [["مع"]]}}, "data.words.favor has ['مع'], expected words"),
        (
            "stance",
            {"columns": {"stance": ["a"]}},
            "data.columns.stance is ['a'], expected the name or the number of a column",
        ),
        (
            "stance",
            {"columns": {"target": False}},
            "data.columns.target is False, expected the name or the number of a column",
        ),
        ("stance", {"columns": {"id": True}}, "data.columns.id is True, expected the name or the number of a column"),
        (
            "stance",
            {"words": {"favor": 1, "against": [0, "1"]}},
            "data.words: '1' is given to against and to favor; give it to one label",
        ),
    ],
)
def test_arguments_that_cannot_be(corpus_file, task, options, said):
    assert explain(corpus_file, task, error=ConfigError, **options) == said


def test_a_word_stands_for_another_label_of_another_task(write):
    path = write("in.csv", "id,text,target,stance,sentiment", "1,نص,أ,1,1", "2,نص,أ,0,0")
    words = {"favor": 1, "against": 0, "positive": 1, "negative": 0}
    rows = read_own_file(path, ["stance", "sentiment"], words=words)[1]["train"]
    assert [(row.stance, row.sentiment) for row in rows] == [("favor", "positive"), ("against", "negative")]


def test_one_class_only(write):
    path = write("in.csv", HEADER, "1,نص,أ,favor", "2,نص,أ,favor")
    _, splits = read_own_file(path, "stance")
    with pytest.raises(DataError) as raised:
        MajorityModel(labels={"stance": STANCE_LABELS}).fit(splits["train"], [])
    assert str(raised.value) == (
        "task 'stance' has 1 classes in the training rows (favor), expected at least 2; "
        "check the split and the label column"
    )
