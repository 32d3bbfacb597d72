import os
import re
import unicodedata
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from janib.errors import ConfigError
from janib.models.encoder_inputs import (
    FIELDS,
    PADDING_TOKENS,
    PREDICTION_TOKENS,
    PairReader,
    batch_by_length,
    hide_name,
)
from janib.models.encoders.huggingface import make_tiny, read_tokenizer
from janib.schema import Example

WORDS = st.text(alphabet="ابتجدذرسشعغفقكلمنهوي", min_size=1, max_size=6)
NAMES = st.text(alphabet="ابتجدذرسشعغفقكلمنهوي", min_size=3, max_size=6)  # one letter could be a clitic


@given(st.lists(WORDS, min_size=1, max_size=8), NAMES, st.integers(0, 8), st.sampled_from(["", "و", "ل", "فب", "وك"]))
def test_a_name_is_hidden_wherever_it_is_and_nothing_else_changes(words, name, place, clitic):
    words.insert(place, clitic + name)
    text = "، ".join(words)

    hidden = hide_name(text, name, "[MASK]")

    assert hidden is not None
    assert hidden.replace("[MASK]", name) == text
    assert not re.search(rf"(?<!\w){name}(?!\w)", hidden)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("the theory", "he"),  # within a word
        ("قالت الحكومة", "حكومة"),  # with its article it is another name
        ("قالت الحكومة", "الحزب"),
        ("قالت الحكومة", ""),
    ],
)
def test_a_name_that_is_not_in_the_text_is_not_hidden(text, name):
    assert hide_name(text, name, "[MASK]") is None


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("he said he left", "he", "[MASK] said [MASK] left"),
        ("رحبت روسيا (وروسيا وحدها) بالقرار", "روسيا", "رحبت [MASK] (و[MASK] وحدها) بالقرار"),
        (r"a+b \g<1>", "a+b", r"[MASK] \g<1>"),
        ("أ+ب", "أ-ب", None),
        ("دعم للعراق وللبنان", "العراق", "دعم ل[MASK] وللبنان"),
        ("دعم للعراق وللبنان", "لبنان", "دعم للعراق ول[MASK]"),
        ("قال للروس", "لروس", "قال ل[MASK]"),  # the mention as the guideline cuts it
        ("إيران وايران وإِيـــرَان", "ايران", "[MASK] و[MASK] و[MASK]"),
        ("رحب \u202bحزب\u202c \u200fالله\u200f اليوم", "حزب الله", "رحب \u202b[MASK]\u200f اليوم"),
        ("قالت \ufee3\ufebc\ufeae إنها", "مصر", "قالت [MASK] إنها"),
        ("قالت حزب، الله", "حزب الله", None),
        ("بالامم المتحده", "الأمم المتحدة", "ب[MASK]"),
    ],
)
def test_hidden_names(text, name, expected):
    assert hide_name(text, name, "[MASK]") == expected


def test_a_reader_that_hides_the_target_reads_the_same_of_every_name():
    tokenizer = read_tokenizer(make_tiny({})[1])
    reader = PairReader(["strip_diacritics"], 64, ["target"], hide_target=True)
    rows = [Example(name, f"نؤيد ما قالته {name} اليوم", name) for name in ("الحكومة", "روسيا", "الأُمَمُ المُتَّحِدَةُ")]

    first, second, third = reader.encode(rows, tokenizer)

    assert first == second == third
    assert first["input_ids"].count(tokenizer.backend.token_to_id(tokenizer.mask)) == 2


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("قالت مصر إن العراق أخطأ، وللعِراق جيران", "العراق", "قالت مصر إن  { العراق }  أخطأ، ول { لعِراق }  جيران"),
        ("بالامم المتحده", "الأمم المتحدة", "ب { الامم المتحده } "),
        ("لا للضرائب", "الحكومة", "لا للضرائب"),
    ],
)
def test_a_marked_name_stands_in_braces_as_it_is_written(text, name, expected):
    tokenizer = read_tokenizer(make_tiny({})[1])
    marking = PairReader([], 64, ["target"], mark_target=True).encode([Example("1", text, name)], tokenizer)
    assert marking == PairReader([], 64, ["target"]).encode([Example("1", expected, name)], tokenizer)


def test_a_hidden_name_is_marked_once_whoever_hides_it():
    tokenizer = read_tokenizer(make_tiny({})[1])
    reader = PairReader([], 64, ["target"], hide_target=True, mark_target=True)
    named, hidden = Example("1", "نؤيد روسيا", "روسيا"), Example("2", f"نؤيد {tokenizer.mask}", tokenizer.mask)

    first, second = reader.encode([named, hidden], tokenizer)

    assert first == second
    assert first["input_ids"].count(tokenizer.backend.token_to_id(tokenizer.mask)) == 2


def test_a_target_that_is_not_in_the_text_is_read_by_its_name():
    tokenizer = read_tokenizer(make_tiny({})[1])
    row = Example("1", "لا للضرائب", "الحكومة")

    plain, hiding = (
        PairReader([], 64, ["target"], hide_target=hide).encode([row], tokenizer) for hide in (False, True)
    )

    assert plain == hiding


@pytest.mark.parametrize(
    "text",
    [
        "\u200fأكّد البيان،\u200f دعم الأسرة.",
        "\u2067أكّد البيان، دعم الأسرة.\u2069",
        unicodedata.normalize("NFD", "أكّد البيان، دعم الأسرة."),
        "أكّد الب\u200cيان، دعم الأ\u200dسرة.",
        "\ufeffأكّد البيان،\u00ad دعم الأسرة.\u061c",
        "أكّد الب\ufef4\ufe8e\ufee5، دعم الأسرة.",
    ],
)
def test_what_is_not_seen_is_not_read(text):
    tokenizer = read_tokenizer(make_tiny({})[1])
    reader = PairReader(["strip_diacritics"], 64, ["target"])
    rows = [Example("1", text, "البيان"), Example("2", "أكّد البيان، دعم الأسرة.", "الب\u200cيان\u200f")]
    assert reader.encode(rows, tokenizer)[0] == reader.encode(rows, tokenizer)[1]


def test_joiners_of_emoji_stay_and_half_characters_are_one_unknown_character():
    reader = PairReader([], 64, ["target"])
    assert reader._prepare("👩\u200d💻 ❤️\u200d🔥 أ\u200dب", "[MASK]") == "👩\u200d💻 ❤️\u200d🔥 أب"
    half = [Example("1", "قال \ud83d الحزب", "الحزب"), Example("2", "قال \ufffd الحزب", "الحزب")]
    first, second = reader.encode(half, read_tokenizer(make_tiny({})[1]))
    assert first == second


@cache
def load_tokenizer(name):
    if name == "tiny":
        return make_tiny({})[1]
    mirror = os.environ.get("JANIB_MODEL_MIRROR")
    if not mirror:
        pytest.skip("JANIB_MODEL_MIRROR is not set")
    return AutoTokenizer.from_pretrained(Path(mirror) / "e5-small-ar", local_files_only=True)


def read_as_transformers(reader, rows, tokenizer):
    """What transformers itself says of the pairs, cut and windowed by it."""
    read = []
    for first, second in reader.write_pairs(rows, read_tokenizer(tokenizer)):
        batch = tokenizer(
            [first],
            None if second is None else [second],
            truncation=True if second is None else "only_second",
            max_length=reader._max_length,
            stride=reader._max_length // 8,
            return_overflowing_tokens=True,
        )
        del batch["overflow_to_sample_mapping"]
        read.append([{name: batch[name][place] for name in batch} for place in range(len(batch["input_ids"]))])
    return read


LONG = "وَأَكّدَ الـنّاطقُ ٣ مرّات 👍🏽 أنّ «القرار» لا رجعة عنه ﷲ؛ "
PAIRS = [
    Example("short", "نؤيد القرار", "الحكومة"),
    Example("empty", "‏", "الحكومة"),
    Example("alone", "لا شيء بجانبه"),
    Example("alone and long", LONG * 9),
    Example("long", LONG * 9, "مجلس الأمن", speaker="الناطق", context=LONG * 5),
    Example("just too long", "ا " * 52, "ب"),
    Example("marks", "[MASK] <mask> </s> [SEP]", "<s>"),
]


@pytest.mark.parametrize("name", ["tiny", "e5_small_ar"])
@pytest.mark.parametrize("prefix", ["", "query: "])
@pytest.mark.parametrize("max_length", [32, 64])
def test_pairs_are_read_as_transformers_reads_them(name, prefix, max_length):
    tokenizer = load_tokenizer(name)
    reader = PairReader(["strip_diacritics", "strip_invisibles"], max_length, FIELDS, prefix)

    read = reader.encode_windows(PAIRS, read_tokenizer(tokenizer))

    assert read == read_as_transformers(reader, PAIRS, tokenizer)
    assert max(map(len, read)) > 3
    assert max(len(window["input_ids"]) for windows in read for window in windows) == max_length
    assert reader.encode(PAIRS, read_tokenizer(tokenizer)) == [windows[0] for windows in read]


@given(st.lists(st.tuples(st.text(max_size=90), st.text(max_size=6)), max_size=4))
def test_any_pair_is_read_as_transformers_reads_it(pairs):
    tokenizer = load_tokenizer("tiny")
    reader = PairReader(["strip_invisibles"], 32, ["target"])
    rows = [Example(str(number), text, target) for number, (text, target) in enumerate(pairs)]

    assert reader.encode_windows(rows, read_tokenizer(tokenizer)) == read_as_transformers(reader, rows, tokenizer)


def test_a_length_that_leaves_no_room_is_refused():
    tokenizer = read_tokenizer(make_tiny({})[1])
    row = Example("1", "نؤيد", "اب")

    assert len(PairReader([], 6, ["target"]).encode_windows([row], tokenizer)[0]) == 4
    with pytest.raises(ConfigError) as raised:
        PairReader([], 5, ["target"]).encode([replace(row, target="اب")], tokenizer)
    assert str(raised.value) == "max_length is 5, which leaves no room for a text; raise it"


@given(st.lists(st.integers(1, 128), max_size=200), st.sampled_from(["core", "cpu", "cuda"]), st.integers(1, 64))
def test_batches_hold_each_row_once_and_little_padding(lengths, device, parts):
    batches = list(batch_by_length([{"input_ids": [0] * length} for length in lengths], device, parts))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        tokens = len(batch) * max(lengths[index] for index in batch)
        assert tokens <= PREDICTION_TOKENS[device]
        assert tokens - sum(lengths[index] for index in batch) <= PADDING_TOKENS[device]


def test_a_row_longer_than_a_batch_is_one_of_its_own():
    rows = [{"input_ids": [0] * length} for length in (5000, 3, 5001)]
    assert list(batch_by_length(rows, "cpu")) == [[1], [0], [2]]


def test_few_rows_are_shared_among_parts():
    rows = [{"input_ids": [0] * 60}] * 8
    assert [len(batch) for batch in batch_by_length(rows, "cpu")] == [8]
    assert [len(batch) for batch in batch_by_length(rows, "cpu", 3)] == [2] * 4
    assert [len(batch) for batch in batch_by_length(rows, "core")] == [4, 4]
    assert [len(batch) for batch in batch_by_length(rows, "core", 64)] == [2] * 4


def segment_like_farasa(text):
    """Brackets become words of their own, and an article is cut off; what is cut already is spoiled."""
    return " ".join(re.sub(r"([\[\]+])", r" \1 ", text).replace("ال", "ال+ ").split()).replace("ال+ ", "ال+")


@pytest.mark.parametrize("cleaning", ["arabert_v1", "arabert_v2"])
@pytest.mark.parametrize(
    ("row", "options"),
    [
        (Example("1", "قال إنّ الحــزب أخطأ، وللحزب ٣ فرص", "الحزب"), {"hide_target": True}),
        (Example("2", "قال إن [MASK] أخطأ، و[MASK] 👍", "[MASK]"), {}),
        (Example("3", "قال إن [MASK] أخطأ", "[MASK]"), {"hide_target": True}),
        (Example("4", "قال إن [MASK] أخطأ", "[MASK]"), {"mark_target": True}),
    ],
)
def test_the_mask_outlives_a_cleaning_by_farasa(monkeypatch, cleaning, row, options):
    monkeypatch.setattr("janib.text.arabert.start_farasa", lambda: segment_like_farasa)
    pairs = read_tokenizer(make_tiny({})[1])
    (encoded,) = PairReader([cleaning], 64, ["target"], **options).encode([row], pairs)
    mask = pairs.backend.token_to_id("[MASK]")
    wanted = 1 + (row.text.count("[MASK]") or 1)
    assert encoded["input_ids"].count(mask) >= wanted
    assert pairs.backend.decode(encoded["input_ids"], skip_special_tokens=False).lower().count("mask") >= wanted


def test_a_name_is_marked_in_what_farasa_has_segmented_once(monkeypatch):
    monkeypatch.setattr("janib.text.arabert.start_farasa", lambda: segment_like_farasa)
    reader = PairReader(["arabert_v2"], 64, ["target"], mark_target=True)
    (row,) = reader._prepare_rows([Example("1", "أخطأ الحزب اليوم", "الحزب")], "[MASK]")
    assert row.text.split() == ["أخطأ", "{", "ال+", "حزب", "}", "ال+", "يوم"]
    assert row.target == "ال+ حزب"
