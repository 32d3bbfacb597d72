"""Who is positioned, by which mention, and what is withheld."""

import numpy as np
import pytest

import janib
from janib.articles.positions import Judge, Statement, load_judge
from janib.articles.spans import REPORT, Mention, Speaker
from janib.errors import ConfigError, ModelError
from janib.inference.classifier import Classifier, load_classifier
from janib.inference.explain import explain_row
from janib.labels import POSITION_LABELS
from janib.schema import Example

TEXT = "اتهمت البلدية النادي بالكذب، وقالت إن النادي خذلها، وشكرت المدرسة.\nوصل الوفد إلى المدرسة."


def find(word, after=0):
    start = TEXT.index(word, after)
    return Mention(start, start + len(word), word)


@pytest.fixture
def statements():
    first = TEXT.index("\n")
    return [
        Statement(0, first, (Speaker("البلدية", "البلدية", "named"),)),
        Statement(first + 1, len(TEXT), (Speaker(REPORT, "", "report"),)),
    ]


@pytest.fixture
def mentions():
    later = TEXT.index("وقالت")
    return [find("البلدية"), find("النادي"), find("النادي", later), find("المدرسة"), find("المدرسة", TEXT.index("\n"))]


def test_one_position_for_each_party_that_does_not_speak(statements, mentions):
    found = load_judge().position(TEXT, statements, mentions)
    assert [(one.statement, one.party) for one in found] == [(0, "النادي"), (0, "المدرسة"), (1, "المدرسة")]
    for one in found:
        assert TEXT[one.mention_start : one.mention_end] == one.party
        assert (one.start, one.end) == (statements[one.statement].start, statements[one.statement].end)
        assert sum(one.stance_p.values()) == pytest.approx(1)
    assert [one.stance for one in found] == ["against", "favor", "neutral"]
    assert found[0].sentiment == "negative"


def test_the_mention_farthest_from_neutral_decides(statements):
    text = "قالت البلدية إن جمعية النور في المدينة، واتهمت الجمعية بالكذب."
    mentions = [
        Mention(place, place + len(name), "nour") for name in ("جمعية النور", "الجمعية") for place in [text.index(name)]
    ]
    (found,) = load_judge().position(text, [Statement(0, len(text), statements[0].speakers)], mentions)
    assert text[found.mention_start : found.mention_end] == "الجمعية"


def test_a_judge_explains_the_mention_that_decides_if_asked(statements, mentions, lexicon):
    judge = Judge(lexicon, lexicon, 1.0, explain=True)
    for found in judge.position(TEXT, statements, mentions):
        text, name = TEXT[found.start : found.end], TEXT[found.mention_start : found.mention_end]
        assert found.stance in (None, "neutral")  # withheld, and explained all the same
        assert found.explanation == explain_row(lexicon, Example("1", text, name), "stance")
        assert [text[word.start : word.end] for word in found.explanation.words] == text.split()
    assert {one.explanation for one in Judge(lexicon, lexicon).position(TEXT, statements, mentions)} == {None}


class HeedsSpeaker:
    """Says favor of what the first speaker says, against of all else."""

    labels = POSITION_LABELS

    def predict_proba(self, rows):
        favors = [[0.0, 0.0, 1.0] if row.speaker == "البلدية" else [1.0, 0.0, 0.0] for row in rows]
        return {task: np.array(favors) for task in self.labels}


def test_the_same_sentence_by_another_speaker_is_asked_again():
    sentence = "النادي يتقدم."
    statements = [
        Statement(start, start + len(sentence), (Speaker(name, name, "named"),))
        for start, name in ((0, "البلدية"), (len(sentence), "المدرسة"))
    ]
    text = sentence * 2
    mentions = [Mention(start, start + len("النادي"), "النادي") for start in (0, len(sentence))]
    judge = Judge(*[Classifier(HeedsSpeaker(), {"provenance": {}})] * 2)
    assert [one.stance for one in judge.position(text, statements, mentions)] == ["favor", "against"]


def test_an_ambiguous_name_says_so():
    found = janib.analyse("ندد الوزير بموقف عمان.\nورحب بموقف السودان.").list_positions()
    assert [(row["party_id"], row["ambiguous"]) for row in found] == [("oman", True), ("sudan", False)]


def test_a_mention_outside_all_statements_is_left_out(statements):
    assert load_judge().position(TEXT, statements[1:], [find("النادي")]) == []
    assert load_judge().position(TEXT, statements[:1], [find("المدرسة", TEXT.index("\n"))]) == []
    assert load_judge().position("", [], []) == []


def test_below_the_threshold_a_side_is_withheld(statements, mentions):
    sure, unsure = (load_judge(threshold=share).position(TEXT, statements, mentions) for share in (0.0, 1.0))
    assert [one.stance_p for one in unsure] == [one.stance_p for one in sure]
    assert {one.stance for one in sure} > {"neutral"}
    for before, after in zip(sure, unsure, strict=True):
        assert after.stance == ("neutral" if before.stance == "neutral" else None)
        assert after.sentiment == ("neutral" if before.sentiment == "neutral" else None)


def test_the_threshold_is_the_models_own_unless_given(statements, mentions):
    about = {"side_threshold": 0.9}
    unsure = Classifier(Answers([0.5, 0.3, 0.2]), {"provenance": about})
    assert {one.stance for one in Judge(unsure, unsure).position(TEXT, statements, mentions)} == {None}
    assert {one.stance for one in Judge(unsure, unsure, 0.4).position(TEXT, statements, mentions)} == {"against"}
    assert Judge(Classifier(Answers([0.5, 0.3, 0.2]), {"provenance": {}}), unsure).threshold == 0


class Answers:
    """Gives every row these shares."""

    labels = POSITION_LABELS

    def __init__(self, shares):
        self.shares = shares

    def predict_proba(self, rows):
        return {task: np.array([self.shares] * len(rows)) for task in self.labels}


def test_a_threshold_is_a_probability():
    with pytest.raises(ConfigError, match=r"^the threshold is 1\.5, expected a probability from 0 to 1$"):
        load_judge(threshold=1.5)


def test_a_saved_model_takes_the_place_of_the_shipped_one(model_folder, statements, mentions):
    found = load_judge(model_folder).position(TEXT, statements, mentions)
    assert {one.stance for one in found} == {"favor"}
    assert found[0].sentiment == "negative"  # the shipped model's


def test_a_model_must_have_the_task(model_folder):
    judge = load_judge()
    with pytest.raises(
        ModelError, match=r"^the sentiment model answers .*; choose one that was trained with task=sent"
    ):
        Judge(judge.stance, load_classifier(model_folder))


class HeedsName:
    """Is sure that all that is said of a club is against it, and half sure that of all else it is in favor."""

    labels = POSITION_LABELS

    def predict_proba(self, rows):
        shares = [[0.9, 0.1, 0.0] if "نادي" in row.target else [0.1, 0.4, 0.5] for row in rows]
        return {task: np.array(shares) for task in self.labels}


@pytest.mark.parametrize(
    ("between", "is_one"),
    [(" و", True), ("، و", True), ("، ", True), (" أو ", True), (" ول", True), (" ثم زارت ", False), (". و", False)],
)
def test_coordinated_names_get_one_answer(between, is_one):
    text = f"أدانت البلدية النادي{between}المدرسة أمس"
    mentions = [Mention(text.index(name), text.index(name) + len(name), name) for name in ("النادي", "المدرسة")]
    classifier = Classifier(HeedsName(), {"provenance": {}})
    statement = Statement(0, len(text), (Speaker("البلدية", "البلدية", "named"),))
    club, school = Judge(classifier, classifier).position(text, [statement], mentions)
    assert (club.stance, school.stance) == (("against", "against") if is_one else ("against", "favor"))
    if is_one:
        assert club.stance_p == school.stance_p == pytest.approx({"against": 0.5, "neutral": 0.25, "favor": 0.25})


def test_the_same_name_in_two_statements_is_not_coordinated():
    text = "النادي\nوالمدرسة"
    mentions = [Mention(text.index(name), text.index(name) + len(name), name) for name in ("النادي", "المدرسة")]
    classifier = Classifier(HeedsName(), {"provenance": {}})
    statements = [Statement(0, 6, ()), Statement(7, len(text), ())]
    found = Judge(classifier, classifier).position(text, statements, mentions)
    assert [one.stance for one in found] == ["against", "favor"]
