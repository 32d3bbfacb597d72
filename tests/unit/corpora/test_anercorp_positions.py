import json
from collections import Counter

from janib.corpora.base import read_shipped_lines
from janib.corpora.readers.anercorp_positions import join_words

WORDS = """قال O
الوزير O
: O
« O
لن O
نقبل O
» O
. O
رد O
( O
نائب O
) O
" O
لا‏ O
" O
، O
وخرج O
. O
"""


def test_words_become_running_text_with_a_sentence_a_line():
    assert join_words(WORDS) == 'قال الوزير: «لن نقبل».\nرد (نائب) "لا"، وخرج.\n'


def test_labels_stand_off_by_offset_alone():
    for one in read_shipped_lines("anercorp_positions/positions.jsonl"):
        assert one["start"] <= one["mentions"][0][0] < one["mentions"][0][1] <= one["end"]
        assert not any("ء" <= letter <= "ي" for letter in json.dumps(one["mentions"] + one["speakers"]))


def test_stretches_do_not_cross_splits_and_no_party_has_more_than_its_share():
    rows = read_shipped_lines("anercorp_positions/positions.jsonl")
    splits = {one["doc"]: one["split"] for one in rows}
    assert all(splits[one["doc"]] == one["split"] for one in rows)
    parties = Counter(one["party"] for one in rows if one["party"])
    assert max(parties.values()) <= 0.06 * len(rows)
    assert all("second" in one["passes"] for one in rows if one["split"] == "test")
