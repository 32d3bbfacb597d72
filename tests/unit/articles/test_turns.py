import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janib.articles.sentences import split_sentences
from janib.articles.spans import REPORT, Mention, Sentence, Speaker
from janib.articles.speakers import datelines, frames, objects, party_names, phrases, subjects, turns, verbs
from janib.articles.speakers.turns import find_speakers
from janib.text.spelling import fold

DEV = Path(__file__).parents[3] / "experiments" / "articles" / "dev"
SPOKEN = Path(__file__).with_name("spoken.txt").read_text("utf-8")
RULES = [json.loads(line) for line in Path(__file__).with_name("speaker_rules.jsonl").read_text("utf-8").splitlines()]
PEOPLE = [json.loads(line) for line in Path(__file__).with_name("people.jsonl").read_text("utf-8").splitlines()]
TABLES = {
    "HEADLINE_REFUSALS": datelines,
    "VERB_REFUSALS": verbs,
    "FRAME_READERS": frames,
    "FRAME_STARTS": frames,
    "NAME_REFUSALS": party_names,
    "NAMELESS_READERS": phrases,
    "ANAPHORS": phrases,
    "PERSON_SIGNS": subjects,
    "SUBJECT_REFUSALS": subjects,
    "ADVERBIALS": objects,
    "TURN_FINDERS": turns,
}


def read_marked(marked):
    """Return the text of ``{party:name}`` and its mentions; ``{a+b:name}`` is a dual."""
    text, mentions, place = "", [], 0
    for found in re.finditer(r"\{([\w+]+):([^}]*)\}", marked):
        text += marked[place : found.start()]
        mentions += [Mention(len(text), len(text) + len(found[2]), party) for party in found[1].split("+")]
        text += found[2]
        place = found.end()
    return text + marked[place:], mentions


def find(marked):
    text, mentions = read_marked(marked)
    return find_speakers(text, split_sentences(text), mentions, leaders={"inca", "boss"})


def find_last(marked):
    return [(one.party, one.surface, one.how) for one in find(marked)[-1]]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        (
            "قال المتحدث باسم {peru:خارجية بيرو}، لويس راموس، إن الحدود مغلقة.",
            [("peru", "المتحدث باسم خارجية بيرو", "named")],
        ),
        ("{peru:بيرو} و{chile:تشيلي} تدينان الهجوم", [("peru", "بيرو", "joint"), ("chile", "تشيلي", "joint")]),
        (
            "أكد بيان {peru:بيروفي} – {chile:تشيلي} مشترك ضرورة الحل.",
            [("peru", "بيروفي", "joint"), ("chile", "تشيلي", "joint")],
        ),
        (
            "وأعلن بيان {peru:بيروفي} {chile:تشيلي} مشترك الحل.",
            [("peru", "بيروفي", "joint"), ("chile", "تشيلي", "joint")],
        ),
        ("جاء ذلك في بيان {peru:بيروفي} – {chile:تشيلي} صدر أمس.", [(REPORT, "", "report")]),
        ("{peru:ليما}: لن نقبل الشروط", [("peru", "ليما", "named")]),
        ("أعلن الرئيس المنتخب {inca:خوان إنكا} حكومته.", [("inca", "خوان إنكا", "named")]),
        (
            "نقلت {tele:وكالة الأنديز} عن {peru:وزير الدفاع البيروفي} قوله إن الجيش جاهز.",
            [("peru", "وزير الدفاع البيروفي", "named")],
        ),
        ("تراجعت الصادرات، بحسب {bank:البنك المركزي}.", [("bank", "البنك المركزي", "named")]),
        (
            "رحبت {peru:ليما} بالاتفاق، فيما دعا {oas:الاتحاد} إلى الهدوء.",
            [("peru", "ليما", "named"), ("oas", "الاتحاد", "named")],
        ),
        ("قال {peru:الوزير} إن {chile:تشيلي} اتهمت {bolivia:بوليفيا} بالتهريب.", [("peru", "الوزير", "named")]),
        ("قالت أم سعاد إن البيت تهدم.", [("ام سعاد", "أم سعاد", "named")]),
        ("وانضمت {peru:ليما} إلى المقاطعين، معتبرة أن القمة فاشلة.", [("peru", "ليما", "named")]),
        ("أُعلن في {peru:بيرو} عن مقتل شخصين.", [(REPORT, "", "report")]),
        ("من المتوقع أن تعلن {peru:ليما} موقفها غدا.", [(REPORT, "", "report")]),
        ("يطالب النص {peru:بيرو} بوقف القتال.", [(REPORT, "", "report")]),
        ("كتبت: سلوى الحداد", [(REPORT, "", "report")]),
    ],
)
def test_a_statement_alone(marked, expected):
    assert find_last(marked) == expected


@pytest.mark.parametrize(
    ("marked", "parties"),
    [
        ("قالت {peru:ليما} إن الطريق مفتوح.", ["peru"]),
        ("قالت أمس {peru:ليما} إن الطريق مفتوح.", ["peru"]),
        ("وقالت من جهتها {peru:ليما} إن الطريق مفتوح.", ["peru"]),
        ("قالت، في بيان مقتضب، {peru:ليما} إن الطريق مفتوح.", ["peru"]),
        ("أعلنت في مؤتمر صحفي، {peru:ليما} فتح الطريق.", ["peru"]),
        ("قال ل{tele:لقناة} مسؤول {peru:بيروفي} إن الطريق مفتوح.", ["peru"]),
        ("شدد على {peru:ليما} أن الطريق مفتوح.", [REPORT]),
        ("وكانت {peru:ليما} قد أعلنت فتح الطريق.", ["peru"]),
        ("غير أن {peru:ليما} أعلنت فتح الطريق.", ["peru"]),
        ("أما {peru:ليما} فأعلنت فتح الطريق.", ["peru"]),
        ("{peru:ليما} أعلنت فتح الطريق.", ["peru"]),
        ("أغلقت {chile:سانتياغو} الطريق و{peru:ليما} تعلن فتحه.", ["peru"]),
        ("وغادر {peru:السفير} القاعة، مؤكدا أن الطريق مفتوح.", ["peru"]),
    ],
)
def test_a_subject_is_found_after_before_and_far_from_its_verb(marked, parties):
    assert [one.party for one in find(marked)[-1]] == parties


SAID = "أكدت {peru:الخارجية البيروفية} أن الحدود مغلقة.\nوقال {chile:السفير التشيلي} إن الطريق مفتوح.\n"


@pytest.mark.parametrize(
    ("marked", "parties"),
    [
        ("وأضاف أن القوافل تصل.", ["chile"]),
        ("وأضافت أن القوافل تصل.", ["peru"]),
        ("وأكدا أن القوافل تصل.", ["peru", "chile"]),
        ("وأعرب الجانبان عن ارتياحهما.", ["peru", "chile"]),
        ("«القوافل تصل كل يوم».", ["chile"]),
        ("القوافل تصل كل يوم.", [REPORT]),
        ("ولم يعلق أحد.", [REPORT]),
        ("وقال البيان المشترك إن القوافل تصل.", ["peru", "chile"]),
        ("جاء ذلك في بيان {peru:بيروفي} – {chile:تشيلي}.\nوقال البيان إن القوافل تصل.", ["peru", "chile"]),
        ("تسلم {oas:الاتحاد} تقرير {bank:البنك}.\nوجاء في التقرير أن القوافل تصل.", ["bank"]),
    ],
)
def test_speech_goes_on(marked, parties):
    assert [one.party for one in find(SAID + marked)[-1]] == parties


def test_list_items_belong_to_the_source_of_their_opening_line():
    speakers = find("أبرز ما جاء في تقرير {bank:البنك}:\n- نمو بطيء\n- دين مرتفع\nوهطل المطر.")
    assert [[one.party for one in group] for group in speakers] == [[REPORT], ["bank"], ["bank"], [REPORT]]


def test_spelling_does_not_matter():
    plain = "واضاف المتحدث باسم {peru:الخارجيه البيروفيه} ان الحدود مغلقه."
    voiced = "وأَضَـافَ المتحدّثُ باسم {peru:الخارجيّةِ البيروفيّةِ} أنَّ الحدودَ مغلقة."
    assert [one.party for one in find(plain)[0]] == [one.party for one in find(voiced)[0]] == ["peru"]


# Each rule has an example that it decides, and a counter-example that it leaves alone.


def get_name(rule):
    return rule if isinstance(rule, str) else rule.__name__.strip("_")


def list_last(marked):
    return [one.party for one in find(marked)[-1]]


def test_every_rule_has_its_examples():
    rules = [(table, get_name(rule)) for table, module in TABLES.items() for rule in getattr(module, table)]
    assert [(case["table"], case["rule"]) for case in RULES] == rules


@pytest.mark.parametrize("case", RULES, ids=lambda case: f"{case['table']}-{case['rule']}")
def test_a_rule_decides_its_example(case, monkeypatch):
    assert list_last(case["example"]) == case["speakers"]
    assert list_last(case["counterexample"]) == case["others"]
    module, table = TABLES[case["table"]], case["table"]
    rules = getattr(module, table)
    others = [rule for rule in rules if get_name(rule) != case["rule"]]
    monkeypatch.setattr(module, table, {rule: rules[rule] for rule in others} if isinstance(rules, dict) else others)
    assert list_last(case["example"]) != case["speakers"]
    assert list_last(case["counterexample"]) == case["others"]


@pytest.mark.parametrize("case", PEOPLE, ids=lambda case: case["kind"])
def test_people_speak_by_name_and_office(case):
    found = find(case["text"])[-1]
    assert [one.party for one in found] == case["speakers"]
    assert "people" not in case or [[one.name, one.office] for one in found] == case["people"]


def test_the_spelling_of_a_name_does_not_matter():
    plain = "قال وزير {peru:الدفاع البيروفي} ماجد الحداد إن الطريق مفتوح.\nوأضاف الحداد أن الوقت ضيق."
    voiced = "قالَ وَزِيرُ {peru:الدِّفاعِ البيروفيّ} مـاجـد الحدّادُ إنّ الطريق مفتوح.\nوأضافَ \u200fالحدّاد أنّ الوقت ضيق."
    (one,), (other,) = (find(text)[-1] for text in (plain, voiced))
    assert [fold(one.name), fold(one.office)] == [fold(other.name), fold(other.office)]
    assert (one.name, one.office) == ("ماجد الحداد", "وزير الدفاع البيروفي")


def test_an_envoy_of_a_leader_speaks_for_what_the_leader_leads():
    for sent, party in (("سفير", "peru"), ("مبعوث", "peru"), ("محامي", "inca")):
        text, mentions = read_marked(f"قال {sent} {{inca:خوان إنكا}} سامي الراشد إن الطريق مفتوح.")
        (found,) = find_speakers(text, split_sentences(text), mentions, {"inca": "peru"})[-1]
        assert (found.party, found.name, found.office) == (party, "سامي الراشد", f"{sent} خوان إنكا")


def read_spoken():
    for article in SPOKEN.split("\n====\n")[1:]:
        lines = article.strip().split("\n")
        gold = [set(line[1:].split()) for line in lines if line.startswith(">")]
        yield "\n".join(line for line in lines if not line.startswith(">")), gold


def test_invented_reports():
    right = wrong = 0
    for marked, gold in read_spoken():
        speakers = find(marked)
        assert len(speakers) == len(gold)
        for found, expected in zip(speakers, gold, strict=True):
            if {one.party.replace(" ", "_") for one in found} == expected:
                right += 1
            else:
                wrong += 1
    assert right / (right + wrong) >= 0.97


def name_key(party, surface, named):
    return party if party in named else fold(surface)


def test_the_annotated_articles():
    right = total = 0
    for path in DEV.glob("*.json"):
        article = json.loads(path.read_text("utf-8"))
        sentences = [Sentence(one["start"], one["end"]) for one in article["statements"]]
        mentions = [Mention(one["start"], one["end"], one["party"]) for one in article["mentions"]]
        named = {one.party for one in mentions} | {REPORT}
        speakers = find_speakers(article["text"], sentences, mentions)
        for statement, found in zip(article["statements"], speakers, strict=True):
            gold = {name_key(one["party"], one["surface"], named) for one in statement["speakers"]}
            right += gold == {name_key(one.party, one.surface, named) for one in found}
            total += 1
    assert total > 70
    assert right / total >= 0.95


@pytest.mark.parametrize("joint", ["، ", " ، و", " "])
def test_a_long_list_of_titles_is_read(joint):
    found = find(f"قال {joint.join(['مدير'] * 2000)} إن الطريق مفتوح.")
    assert len(found) == 1
    assert len(found[0]) == 1


def test_offices_follow_one_another():
    [found] = find("قال مدير المصنع، عضو المجلس، وزير {peru:النفط البيروفي}، إن الإنتاج مستقر.")
    assert [one.party for one in found] == ["peru"]


WORDS = (
    """قال وأضاف نقلت عن بحسب أن إن البيان الجانبان الرئيس روسيا مصر أما فقال لكن وأكدا ما سماه : ، .. « » " ( ) . -"""
)
PIECES = st.sampled_from(WORDS.split()) | st.sampled_from(["\u200f", "\x00", "😀", "<b>", "َ", "\n- "]) | st.characters()


@given(
    st.lists(PIECES, max_size=50),
    st.lists(st.tuples(st.integers(0, 99), st.integers(1, 12), st.sampled_from("abc")), max_size=8),
)
def test_no_text_crashes_and_every_statement_has_a_speaker(pieces, places):
    text = " ".join(pieces)
    mentions = [
        Mention(start, min(start + size, len(text)), party) for start, size, party in places if start < len(text)
    ]
    sentences = split_sentences(text)
    speakers = find_speakers(text, sentences, mentions)
    assert len(speakers) == len(sentences)
    for found in speakers:
        assert found
        assert len({one.party for one in found}) == len(found)
        assert all(one == Speaker(REPORT, "", "report") or one.surface in text for one in found)
