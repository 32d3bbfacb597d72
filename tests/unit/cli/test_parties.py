"""``janib parties``, and a user's list of parties as a table."""

import json

import pytest

COLUMNS = "id,kind,ar,names,demonyms,office,of,since"
ROWS = """\
saffron_union,union,نقابة مزارعي الزعفران,اتحاد الزعفران; أهل الزعفران,,,,
hill_republic,state,جمهورية التل,التل الأخضر؛ بلاد التل,تلي,,,
old_shepherd,leader,مرزوق الراعي,,,president,hill_republic,2021-04
"""


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(f"{COLUMNS}\n{ROWS}", "utf-8")
    return path


def list_ids(shown):
    """Return the first cells of a table's rows."""
    return [line.split("│")[1].strip() for line in shown.splitlines() if line.startswith("│")]


FOUND = {
    # in any spelling
    "فرنسا": "france",
    "فَرَنـــسا": "france",
    "ﻓﺮﻧﺴﺎ": "france",
    "المانيا": "germany",
    "\u200fمصر\u200e": "egypt",
    # with clitics, demonyms in every gender and number
    "وللفرنسيين": "france",
    "بالكويتية": "kuwait",
    "وللروس": "russia",
    "التركيتان": "turkey",
    # cities, metonyms, bodies of a state, acronyms
    "الكرملين": "russia",
    "وبغداد": "iraq",
    "الجيش الياباني": "japanese_army",
    "حكومة فرنسا": "france",
    "بي.بي.سي": "bbc",
    # forces of an armed group, which are the group
    "المتمردون الحوثيون": "houthis",
    "وللمسلحين الحوثيين": "houthis",
    # without its state
    "الشرطة": "-",
    "وزارة الدفاع": "-",
    "النيابة العمومية": "-",
}


@pytest.mark.parametrize(("name", "party"), FOUND.items())
def test_a_name_is_found(run_janib, name, party):
    code, out, err = run_janib("parties", "find", name)
    assert (code, err) == (0, "")
    assert list_ids(out) == [party]


def test_it_is_said_by_what_a_name_is_known(run_janib):
    by = {
        "فرنسا": "its name",
        "الفرنسية": "its demonym",
        "باريس": "a city that acts for it",
        "النهضة": "also a common word",
        "الجيش الياباني": "a body of the state",
        "نظيره الياباني": "the same office in the other state",
        "رويترز": "another name",
        "المستشارة": "an office without its state",
    }
    for name, about in by.items():
        assert about in run_janib("parties", "find", name)[1], name


def test_an_office_has_its_holders_and_their_times(run_janib):
    out = run_janib("parties", "find", "الرئيس الفرنسي")[1]
    assert list_ids(out)[:2] == ["emmanuel_macron", "francois_hollande"]
    assert "president of france, since 2017-05-14" in out


def test_a_name_of_several_parties_has_them_all(run_janib):
    assert set(list_ids(run_janib("parties", "find", "عمان")[1])) == {"oman", "jordan"}


def test_a_name_with_more_words_is_read_as_a_sentence(run_janib):
    out = run_janib("parties", "find", "استقبل", "وزير الخارجية المصري", "وفدا من اليابان")[1]
    assert list_ids(out) == ["egypt", "japan"]
    assert "words in it: وزير الخارجية المصري" in out


def test_near_names_are_suggested(run_janib):
    code, out, err = run_janib("parties", "find", "حماص")
    assert (code, out) == (2, "")
    assert err.startswith("error: no party is known by the name \u2068حماص\u2069; near it are \u2068حماس\u2069 (hamas)")
    assert "world_bank" in run_janib("parties", "find", "World", "Bank")[2]
    code, _, err = run_janib("parties", "find", "قبيلة لا نعرفها البتة")
    assert (code, err.count("\n")) == (2, 1)
    assert run_janib("parties", "find", "؟!")[0] == 2


def test_parties_are_listed_by_kind(run_janib):
    code, out, err = run_janib("parties", "list", "--kind", "court")
    assert (code, err) == (0, "")
    assert "tunisian_administrative_court" in list_ids(out)
    assert "egypt" not in list_ids(out)
    assert run_janib("parties", "list", "--kind", "curt")[::2] == (
        2,
        "error: kind 'curt' is unknown; did you mean 'court'? Expected one of: state, government, leader, movement, "
        "armed_group, international_body, company, court, parliament, army, union, club, outlet, other\n",
    )


def test_a_party_is_shown_whole(run_janib):
    out = run_janib("parties", "show", "egypt")[1]
    assert "id: egypt\nkind: state\nar: \u2068مصر\u2069\nen: Egypt\n" in out
    assert "capitals: \u2068القاهرة\u2069\n" in out
    assert "of: sudan" in run_janib("parties", "show", "sudanese_army")[1]
    assert run_janib("parties", "show", "egyp") == (2, "", "error: no party has the id 'egyp'; did you mean 'egypt'?\n")
    assert run_janib("parties", "show", "؟؟")[0] == 2


def test_a_users_table_is_read(run_janib, own):
    ids = list_ids(run_janib("parties", "list", "--kind", "union", "--parties", own)[1])
    assert "saffron_union" in ids
    for name, party in {
        "وأهل الزعفران": "saffron_union",
        "بلاد التل": "hill_republic",
        "التليون": "hill_republic",
        "رئيس جمهورية التل": "old_shepherd",
        "للرئيس التلي": "old_shepherd",
        "فرنسا": "france",
    }.items():
        assert list_ids(run_janib("parties", "find", name, "--parties", own)[1]) == [party], name
    assert "since: 2021-04" in run_janib("parties", "show", "old_shepherd", "--parties", own)[1]


def test_lines_and_a_table_give_the_same(run_janib, own, tmp_path):
    lines = tmp_path / "own.jsonl"
    entry = {
        "id": "saffron_union",
        "kind": "union",
        "ar": "نقابة مزارعي الزعفران",
        "names": ["اتحاد الزعفران", "أهل الزعفران"],
    }
    lines.write_text(json.dumps(entry), "utf-8")
    shown = [run_janib("parties", "show", "saffron_union", "--parties", path) for path in (own, lines)]
    assert shown[0] == shown[1]


BAD_ROWS = """\
id,kind,ar,until
Wadi,union,نقابة الوادي,
wadi,unoin,نقابة الوادي,
wadi,union,--,next year
"open
ridge,club,نادي الربوة,
ridge,club,نادي الربوة,
"""


def test_all_faults_of_a_table_are_named_at_once(run_janib, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(BAD_ROWS, "utf-8")
    code, out, err = run_janib("parties", "list", "--parties", path)
    assert (code, out) == (2, "")
    kinds = "state, government, leader, movement, armed_group, international_body, company, court, parliament, army"
    assert err.splitlines() == [
        f"error: {path}, row 1 (line 2): id is 'Wadi', expected a name in lower snake_case, as world_bank",
        f"{path}, row 2 (line 3) ('wadi'): kind 'unoin' is unknown; did you mean 'union'? Expected one of: {kinds}, "
        "union, club, outlet, other",
        f"{path}, row 3 (line 4) ('wadi'): ar is '--', expected the party's Arabic name",
        f"{path}, row 3 (line 4) ('wadi'): until is 'next year', expected a date: 2024-05-31, 2024-05 or 2024",
        f"{path}, row 4 (line 5): a quoted field does not end: the file is cut off, or a quote is missing",
        f"{path}, row 6 (line 7) ('ridge'): the id is given twice; give each party one entry",
    ]


def test_many_faults_are_counted(run_janib, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("id,kind,ar\n" + ",,\n" * 30 + "a,,\n", "utf-8")
    lines = run_janib("parties", "show", "egypt", "--parties", path)[2].splitlines()
    assert (len(lines), lines[-1]) == (11, "and 82 more")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "a.csv",
            "id,kind,ar,nams\n",
            "the column 'nams' is unknown; did you mean 'names'? The columns are: id, kind,",
        ),
        ("a.csv", "", "is empty; expected a header and at least one row"),
        ("a.csv", "id,kind,kind\n", "has the column 'kind' 2 times"),
        ("a.doc", "id,kind,ar\n", "the suffix '.doc' names no known format"),
        ("a.jsonl", "[]\n", "row 1 (line 1): the line is a JSON list, expected an object"),
    ],
)
def test_a_file_that_is_no_list_is_named(run_janib, tmp_path, name, content, message):
    path = tmp_path / name
    path.write_text(content, "utf-8")
    code, out, err = run_janib("parties", "list", "--parties", path)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {path}")
    assert message in err
    assert run_janib("parties", "list", "--parties", tmp_path / "none.csv")[2].endswith(
        "does not exist; check the path\n"
    )
