"""A new word is one entry of data: with it alone, a statement is read otherwise."""

import json
from importlib.resources import files

import pytest

from janib.articles import lexicon
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.mentions import find_mentions
from janib.articles.sentences import split_sentences
from janib.articles.speakers.turns import find_speakers

DATA = files("janib.data.articles")
DANDANA = {"kind": "clause", "past": "دندن", "present": "يدندن"}
CENTRAL_BANK = "أعلن البنك المركزي المصري ذلك.\n"

# A verb, or a list and a word; a text; the parties and the speakers of its last statement, without the entry and with.
ENTRIES = [
    (DANDANA, "دندن ببغداد لاستضافتها القمة", ([], ["report"]), (["iraq"], ["report"])),
    (DANDANA, "دندنت باريس أن القمة قريبة", (["france"], ["report"]), (["france"], ["france"])),
    (DANDANA, "وتدندن باريس أن القمة قريبة", (["france"], ["report"]), (["france"], ["france"])),
    (("personal_titles", "الباشا"), "أعد الباشا المصري البحث", (["egypt"], ["report"]), ([], ["report"])),
    (("leader_titles", "الباشا"), "استقبل الباشا عون الوفد", ([], ["report"]), (["joseph_aoun"], ["report"])),
    (("professions", "منشد"), "حضر المنشد الليبي شهبور ريتشي", (["libya"], ["report"]), ([], ["report"])),
    (("persons", "منشد"), "وبحسب منشد فإن القمة قريبة", ([], ["report"]), ([], ["منشد"])),
    (("bodies", "مصبغة"), "أكدت أمس مصبغة أن القمة قريبة", ([], ["report"]), ([], ["مصبغه"])),
    (("kind_nouns", "مصبغة"), "أعلنت مصبغة ديل الأرباح", ([], ["report"]), (["dell"], ["dell"])),
    (
        ("epithets", "الغراء"),
        f"{CENTRAL_BANK}وعقد البنك المركزي الغراء جلسة",
        (["central_bank_of_egypt"], ["report"]),
        ([], ["report"]),
    ),
    (("common_first_names", "شهبور"), "حضر شهبور المصري", (["egypt"], ["report"]), ([], ["report"])),
]


def read_last(text):
    sentences = split_sentences(text)
    mentions = find_mentions(text, sentences, Gazetteer.shipped())
    parties = [one.party for one in mentions if one.start >= sentences[-1].start]
    return parties, [one.party for one in find_speakers(text, sentences, mentions)[-1]]


def forget_data():
    lexicon.load_lexicon.cache_clear()
    Gazetteer.shipped.cache_clear()


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the verbs and the lists, from which the lexicon is read once its caches are empty."""
    for name in ("verbs.jsonl", "words.json"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    yield tmp_path
    forget_data()


def add_entry(folder, entry):
    if isinstance(entry, dict):
        with (folder / "verbs.jsonl").open("a", encoding="utf-8") as verbs:
            verbs.write(f"{json.dumps(entry)}\n")
    else:
        name, word = entry
        lists = json.loads((folder / "words.json").read_text("utf-8"))
        written = lists[name]["words"]
        lists[name]["words"] = [*([written] if isinstance(written, str) else written), word]
        (folder / "words.json").write_text(json.dumps(lists), "utf-8")


@pytest.mark.parametrize(("entry", "text", "without", "expected"), ENTRIES)
def test_one_entry_changes_a_statement(entry, text, without, expected, folder, monkeypatch):
    assert read_last(text) == without
    add_entry(folder, entry)
    with monkeypatch.context() as patch:
        patch.setattr(lexicon, "files", lambda _: folder)
        forget_data()
        assert read_last(text) == expected
