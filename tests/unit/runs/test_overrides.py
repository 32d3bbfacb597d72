"""Words of the command line: typed as people type them, read by Hydra as they are meant."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hypothesis import given
from hypothesis import strategies as st

from janib.errors import ConfigError
from janib.runs.overrides import quote_overrides

PARSER = OverridesParser.create()


def read(word, *, is_sweep=False):
    """What Hydra reads in a word after it was quoted: a value, or the list of a sweep's."""
    (quoted,) = quote_overrides([word], is_sweep=is_sweep)
    found = PARSER.parse_override(quoted)
    if not found.is_sweep_override():
        return found.value()
    words = [f"{found.key_or_group}={text}" for text in found.sweep_string_iterator()]
    return [PARSER.parse_override(one).value() for one in words]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder whose files have names with a meaning for Hydra."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/huda")
    for name in (
        "[مسودة]",
        "{x}",
        "both,ways.csv",
        "both",
        "ways.csv",
        "whole,file.csv",
        "glob(1)",
        "2024",
        "${x}.csv",
    ):
        (tmp_path / name).touch()
    return tmp_path


AS_TYPED = {
    # Arabic words: plain, with a diacritic, a tatweel, an Arabic-Indic digit, a presentation form, an emoji
    "data.columns.text=النص": "النص",
    "data.columns.text=نَصّ التغريدة": "نَصّ التغريدة",
    "data.columns.target=الجهـــة": "الجهـــة",
    "data.columns.text=ﺍﻟﻨﺺ": "ﺍﻟﻨﺺ",
    "data.words.favor=مؤيد": "مؤيد",
    "data.words.favor=٠": "٠",
    "data.words.favor=مؤيد (جدا)": "مؤيد (جدا)",
    "data.words.favor=👍": "👍",
    "data.words.against=معارض؟": "معارض؟",
    "data.words.against=مع/ضد": "مع/ضد",
    "data.words.against=50%: لا!": "50%: لا!",
    'data.words.favor=قال "نعم"': 'قال "نعم"',
    "data.words.favor=آ\\": "آ\\",
    "data.name=تجربتي ٢": "تجربتي ٢",
    "\u200fdata.columns.text=النص\u200f": "النص",
    # lists and dicts keep their form
    "data.words.favor=[مؤيد,مع]": ["مؤيد", "مع"],
    "data.words.favor=[مؤيد جدا, مع (قليلا) ,1]": ["مؤيد جدا", "مع (قليلا)", 1],
    "data.words.favor=[مؤيد، مع]": ["مؤيد", "مع"],
    "data.words.favor=['مؤيد',مع]": ["مؤيد", "مع"],
    'data.words.favor=["مؤيد، بشدة",مع]': ["مؤيد، بشدة", "مع"],
    "data.words={favor: [مع, مؤيد], against: ضد}": {"favor": ["مع", "مؤيد"], "against": "ضد"},
    # names of files
    "data.path=مجلد بيانات/رأي الناس.csv": "مجلد بيانات/رأي الناس.csv",
    "data.path=آراء (نسخة).csv": "آراء (نسخة).csv",
    "data.path=train (1).csv": "train (1).csv",
    "data.path=train (1)": "train (1)",
    "data.path=it's (1).csv": "it's (1).csv",
    'data.path=«آراء» "1".csv': '«آراء» "1".csv',
    "data.path=a=b.csv": "a=b.csv",
    "data.path=a,b.csv": "a,b.csv",
    "data.path=rows&more;#1.csv": "rows&more;#1.csv",
    "data.path=[x]{y}.csv": "[x]{y}.csv",
    "data.path=[مسودة]": "[مسودة]",
    "data.path={x}": "{x}",
    "data.path=glob(1)": "glob(1)",
    "data.path=2024": "2024",
    "data.path=~/آراء.csv": "/home/huda/آراء.csv",
    "data.path=~/x.csv": "/home/huda/x.csv",
    "data.path=a~b.csv": "a~b.csv",
    "data.path=${x}.csv": "\\${x}.csv",  # which OmegaConf reads as the file's name
    "saved=models:/janib-آراء-stance@champion": "models:/janib-آراء-stance@champion",
    "saved=نماذج/أ ب/model": "نماذج/أ ب/model",
    "hydra.run.dir=مخرجات/تجربة (1)": "مخرجات/تجربة (1)",
    "ledger=d,e/scorings.csv": "d,e/scorings.csv",
    # numbers that are names
    "data.columns.text=0": "0",
    "data.columns.text=1e3": "1e3",
    "data.columns.text=الرأي, كاملا": "الرأي, كاملا",
    "data.columns.text=رأي,تعليق": "رأي,تعليق",
    "data.name=2024": "2024",
}


@pytest.mark.parametrize(("word", "value"), AS_TYPED.items())
def test_a_word_is_read_as_it_is_typed(word, value):
    assert read(word) == value


@pytest.mark.parametrize(
    ("word", "values"),
    {
        "data.path=آراء.csv,رأي (2).csv": ["آراء.csv", "رأي (2).csv"],
        "data.path=whole,file.csv": "whole,file.csv",
        "data.columns.text=النص,التعليق": ["النص", "التعليق"],
        "data.columns.text=choice(النص,التعليق)": ["النص", "التعليق"],
        "data.words.favor=[مع,مؤيد],[مع]": [["مع", "مؤيد"], ["مع"]],
        "data.words.favor='مع,مؤيد',مؤيد": ["مع,مؤيد", "مؤيد"],
        "seed=0,1": [0, 1],
        "seed=range(2)": [0, 1],
    }.items(),
)
def test_in_a_sweep_commas_divide_values(word, values):
    assert read(word, is_sweep=True) == values


REFUSED = {
    "مفتاح=1": "مفتاح: the config has no such key",
    "data.words.مع=1": "data.words.مع: the config has no such key",
    "رأي.csv": "رأي.csv: expected key=value, as data.path='رأي.csv'",
    "data.path": "data.path: expected key=value",
    "data.words.favor=مع,مؤيد": "type it as a list: 'data.words.favor=[مع,مؤيد]'; "
    "as one text: 'data.words.favor=\"مع,مؤيد\"'; to run each in turn: -m 'data.words.favor=مع,مؤيد'",
    "seed=0,1": "to run each in turn: -m seed=0,1",
    "data.path=\udcd1.csv": "\\udcd1.csv is not UTF-8",
}


@pytest.mark.parametrize(("word", "message"), REFUSED.items())
def test_what_has_no_meaning_or_several_is_refused_with_the_line_to_type(word, message):
    with pytest.raises(ConfigError) as refused:
        quote_overrides([word], is_sweep=False)
    assert message in str(refused.value)


def test_a_value_whose_space_the_shell_took_is_recognised():
    with pytest.raises(ConfigError, match=r"put both in quotes: 'data.path=مجلد بيانات/x.csv'"):
        quote_overrides(["data.path=مجلد", "بيانات/x.csv"], is_sweep=False)


@pytest.mark.parametrize("word", ["data.path=both,ways.csv", "data.words.favor=shuffle(مع,ضد)"])
def test_in_a_sweep_two_meanings_are_told_apart(word):
    with pytest.raises(ConfigError, match=r"is one file and 2 files|takes no such words"):
        quote_overrides([word], is_sweep=True)


def test_flags_and_their_values_stay():
    words = ["-m", "--config-dir", "مجلد", "--cfg", "job", "-cn", "train", "hydra/launcher=joblib", "~data.train"]
    assert quote_overrides(words, is_sweep=True) == words


# Words of Hydra's own grammar: they parse, and name neither a file, a column nor a name.
ATOMS = st.one_of(
    st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_./:@%+*?-]{0,8}", fullmatch=True),
    st.sampled_from(
        ["1", "-2", "1.5", "1e-3", "true", "False", "null", "nan", "0x1", "a b", "${seed}", r"a\,b", r"\["]
    ),
    st.from_regex(r"'[^'\\$]{0,6}'|\"[^\"\\$]{0,6}\"", fullmatch=True),
)
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: f"[{','.join(parts)}]"),
        st.lists(inner, max_size=3).map(lambda parts: f"[ {' , '.join(parts)} ]"),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=2).map(
            lambda parts: f"{{{','.join(f'{key}: {value}' for key, value in parts.items())}}}"
        ),
    ),
    max_leaves=6,
)
SWEEPS = st.one_of(
    VALUES,
    st.lists(VALUES, min_size=2, max_size=3).map(",".join),
    st.sampled_from(["range(3)", "choice(a,b)", "shuffle(a,b)", "interval(0,1)", "sort(3,2,reverse=true)", "glob(*)"]),
)


@given(st.sampled_from(["model.x", "+split.by", "++data.words.favor", "task", "model@judges.a"]), SWEEPS)
def test_words_that_hydra_reads_keep_their_meaning(key, value):
    word = f"{key}={value}"
    try:
        PARSER.parse_override(word)
    except HydraException:
        return
    assert quote_overrides([word], is_sweep=True) == [word]


@given(st.text(min_size=1, max_size=20).filter(lambda text: "\x00" not in text), st.booleans())
def test_any_text_is_read_or_refused(text, is_sweep):
    word = f"model.name={text}"
    try:
        (quoted,) = quote_overrides([word], is_sweep=is_sweep)
    except ConfigError:
        return
    PARSER.parse_override(quoted)


@given(st.text(st.characters(min_codepoint=0x0600, max_codepoint=0x06FF), min_size=1, max_size=20))
def test_arabic_text_is_read_as_it_is(text):
    assert read(f"data.words.favor=س{text}س") == f"س{text}س"
