import itertools
import json
import re

import pytest

from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.party import OFFICES, PARTY_KINDS
from janib.articles.parties.variants import split_name
from janib.errors import DataError

ENTRY = {"id": "wadi_front", "kind": "armed_group", "ar": "جبهة الوادي"}
SHARED = {"عمان", "صنعاء", "بروكسل", "الجبهه الشعبيه", "الحزب الجمهوري", "حزب العداله والتنميه", "العداله والتنميه"}
# decided by context


def write(path, *entries):
    path.write_text("".join(f"{json.dumps(entry, ensure_ascii=False)}\n" for entry in entries), "utf-8")
    return path


def test_the_shipped_gazetteer_is_large_enough():
    parties = Gazetteer.shipped().parties.values()
    states = [party for party in parties if party.kind == "state"]
    assert len(states) >= 193
    assert len(list(parties)) - len(states) >= 500


def test_every_shipped_entry_is_whole():
    parties = Gazetteer.shipped().parties
    for party in parties.values():
        assert re.fullmatch("[a-z0-9]+(_[a-z0-9]+)*", party.id)
        assert party.kind in PARTY_KINDS, party.id
        assert party.ar, party.id
        assert party.en, party.id
        assert not party.office or party.office in OFFICES
        assert not party.of or party.of in parties, party.id
        assert not (party.since and party.until) or party.since <= party.until, party.id
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", date) for date in (party.since, party.until) if date), party.id


def test_no_shipped_name_is_of_two_parties():
    owners = {}
    for party in Gazetteer.shipped().parties.values():
        texts = (party.ar, *party.names, *party.metonyms, *party.titles, *party.capitals, *party.peoples)
        for text in texts:
            if text not in party.weak:
                for name in split_name(text):
                    owners.setdefault(" ".join(name), set()).add(party.id)
    shared = {name: ids for name, ids in owners.items() if len(ids) > 1}
    assert set(shared) <= SHARED, shared


CAME_BACK = {"donald_trump", "benjamin_netanyahu", "vladimir_putin", "asif_ali_zardari"}
"""Leaders who came back to their office: their one term has others' terms inside."""


def test_no_office_has_two_holders_on_one_day():
    holders = {}
    for party in Gazetteer.shipped().parties.values():
        if party.office not in ("", "official"):  # of officials there are many at once
            holders.setdefault((party.office, party.of), []).append(party)
    for leaders in holders.values():
        ranked = sorted(leaders, key=lambda party: party.since)
        for first, second in itertools.combinations(ranked, 2):
            if first.id in CAME_BACK:
                assert second.until, second.id
            else:
                assert first.until, (first.id, second.id)
                assert first.until < second.since, (first.id, second.id)


def test_a_users_file_is_read(tmp_path):
    path = write(tmp_path / "parties.jsonl", {**ENTRY, "en": "Wadi Front", "names": ["رجال الوادي"]})
    assert Gazetteer.read(path).parties["wadi_front"].names == ("رجال الوادي",)


def test_a_users_entry_adds_to_a_shipped_one():
    own = Gazetteer.parse([{"id": "france", "kind": "state", "ar": "فرنسا", "names": ["بلاد الغال"]}], "list")
    france = Gazetteer.shipped().extend(own).parties["france"]
    assert "بلاد الغال" in france.names
    assert "باريس" in france.capitals


WRONG = {
    "no kind": ({"id": "a", "ar": "أ ب"}, "row 1 (line 1) ('a'): no 'kind'; every party needs id, kind and ar"),
    "no name": ({"id": "a", "kind": "club"}, "row 1 (line 1) ('a'): no 'ar'; every party needs id, kind and ar"),
    "unknown kind": (
        {**ENTRY, "kind": "clubb"},
        "row 1 (line 1) ('wadi_front'): kind 'clubb' is unknown; did you mean 'club'?",
    ),
    "unknown field": (
        {**ENTRY, "name": "x"},
        "row 1 (line 1) ('wadi_front'): field 'name' is unknown; did you mean 'names'?",
    ),
    "not a list": (
        {**ENTRY, "names": "رجال الوادي"},
        "row 1 (line 1) ('wadi_front'): names is 'رجال الوادي', expected a list of names",
    ),
    "a name without letters": (
        {**ENTRY, "names": ["***"]},
        "row 1 (line 1) ('wadi_front'): names is ['***'], expected a list of names",
    ),
    "no letters": (
        {**ENTRY, "ar": "--"},
        "row 1 (line 1) ('wadi_front'): ar is '--', expected the party's Arabic name",
    ),
    "no id": ({"kind": "club", "ar": "نادي الوادي"}, "row 1 (line 1): id is None, expected a name in lower snake_case"),
    "the report's id": ({**ENTRY, "id": "report"}, "row 1 (line 1): id is 'report', expected a name"),
    "no date": (
        {**ENTRY, "since": "5/2020"},
        "row 1 (line 1) ('wadi_front'): since is '5/2020', expected a date: 2024-05-31, 2024-05 or 2024",
    ),
    "dates in disorder": (
        {**ENTRY, "since": "2021-02-01", "until": "2020"},
        "row 1 (line 1) ('wadi_front'): since is 2021-02-01, after until, 2020",
    ),
    "a number": ({**ENTRY, "since": 2020}, "row 1 (line 1) ('wadi_front'): since is 2020, expected text"),
}


@pytest.mark.parametrize(("entry", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_bad_entry_is_named(tmp_path, entry, message):
    path = write(tmp_path / "parties.jsonl", entry)
    with pytest.raises(DataError, match=re.escape(f"{path}, {message}")):
        Gazetteer.read(path)


def test_a_doubled_id_and_a_broken_line_are_named(tmp_path):
    path = write(tmp_path / "parties.jsonl", ENTRY, ENTRY)
    with pytest.raises(DataError, match=re.escape("row 2 (line 2) ('wadi_front'): the id is given twice")):
        Gazetteer.read(path)
    path.write_text('{"id": "a"\n', "utf-8")
    with pytest.raises(DataError, match=re.escape(f"{path}, row 1 (line 1): ")):
        Gazetteer.read(path)
    with pytest.raises(DataError, match="does not exist"):
        Gazetteer.read(tmp_path / "none.jsonl")


def test_the_shipped_list_is_loaded_with_a_users_in_front(tmp_path):
    entry = {"id": "wadi_front", "kind": "armed_group", "ar": "جبهة الوادي"}
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps(entry), "utf-8")
    assert Gazetteer.load(None) is Gazetteer.shipped()
    for own in (path, str(path), [entry]):
        loaded = Gazetteer.load(own)
        assert list(loaded.parties) == ["wadi_front", *Gazetteer.shipped().parties]
        assert loaded.own == {"wadi_front"}
    with pytest.raises(DataError, match="parties, entry 1"):
        Gazetteer.load([{"id": "wadi_front"}])
