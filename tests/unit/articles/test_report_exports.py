"""Tables and networks of positions, as other programs read them."""

import csv
import json
import sys
from datetime import date
from xml.etree import ElementTree

import networkx
import pytest

from janib.articles.report.exports import ALSO, write_exports
from janib.articles.report.files import write_analyses
from janib.errors import ConfigError, DataError
from janib.io.text_tables import RecordReader

openpyxl = pytest.importorskip("openpyxl", reason="needs the extra excel")

HOSTILE = '=HYPERLINK("http://example.test","اضغط")'


def make_line(article, sentence, speakers, party, stance, **about):
    """A line of positions.jsonl, of speakers who are each their own party."""
    start = about.pop("start", 0)
    place = start + sentence.index(party)
    return {
        "article": article,
        "outlet": None,
        "date": None,
        "statement": 0,
        "text": sentence,
        "start": start,
        "end": start + len(sentence),
        "speakers": [
            {"name": "", "office": "", "party": one, "party_id": one, "surface": one, "how": "named"}
            for one in speakers
        ],
        "party": party,
        "party_id": party,
        "mention_start": place,
        "mention_end": place + len(party),
        "stance": stance,
        "stance_p": {label: 0.8 if label == stance else 0.1 for label in ("against", "neutral", "favor")},
        "sentiment": None,
        "sentiment_p": {"negative": 0.3, "neutral": 0.3, "positive": 0.4},
        **about,
    }


def write_lines(folder, lines):
    folder.mkdir(exist_ok=True)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "positions.jsonl").write_text(text, encoding="utf-8")
    return folder / "positions.jsonl"


@pytest.fixture
def folder(tmp_path):
    """Two articles; in the first, two speak at once, and its name looks like a formula."""
    early = {"outlet": "صدى المدينة", "date": "2024-02-11"}
    joint = "وقالت البلدية والغرفة إنهما تدينان موقف النادي."
    lines = [
        make_line(HOSTILE, "البلدية تشكر المدرسة", ["البلدية"], "المدرسة", "favor", **early),
        make_line(HOSTILE, joint, ["البلدية", "الغرفة"], "النادي", "against", statement=1, start=21, **early),
        make_line("b", "أشادت البلديّةُ بجهـــود النادي ١٢ مرّة 🎉", ["البلدية"], "النادي", "favor", date="2024-03-01"),
        make_line("b", "وزارت البلدية المدرسة.", ["البلدية"], "المدرسة", "neutral", date="2024-03-01"),
    ]
    path = write_lines(tmp_path / "out", lines)
    write_exports(path, path.parent, list(ALSO))
    return path.parent


def read_table(path):
    with RecordReader(path) as reader:
        return [record.fields for record in reader]


def read_positions(folder):
    lines = (folder / "positions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_a_row_for_each_speaker_of_each_position(folder):
    rows = read_table(folder / "positions.csv")
    stored = [(one, speaker) for one in read_positions(folder) for speaker in one["speakers"]]
    assert len(rows) == len(stored) == 5
    for row, (one, speaker) in zip(rows, stored, strict=True):
        assert row["sentence"] == one["text"]
        assert (row["speaker"], row["speaker_id"], row["how"]) == (
            speaker["party"],
            speaker["party_id"],
            speaker["how"],
        )
        assert (row["article"], row["outlet"], row["date"]) == (one["article"], one["outlet"] or "", one["date"])
        assert [float(row[f"p_{label}"]) for label in one["stance_p"]] == list(one["stance_p"].values())
        assert float(row["probability"]) == max(one["stance_p"].values()) == one["stance_p"][row["likeliest"]]
        assert row["stance"] in (one["stance"] or "undecided", row["likeliest"])
        assert (int(row["sentence_number"]), int(row["start"]), int(row["end"])) == (
            one["statement"],
            one["start"],
            one["end"],
        )
        assert row["mention"] == row["party"]


def test_a_withheld_side_is_undecided_and_its_label_still_told(folder, tmp_path):
    positions = read_positions(folder)
    for one in positions:
        one["stance"] = one["stance"] if one["stance"] == "neutral" else None
    write_exports(write_lines(tmp_path, positions), tmp_path, ["edges", "graphml"])
    rows = read_table(tmp_path / "positions.csv")
    assert {(row["stance"], row["likeliest"]) for row in rows} == {
        ("undecided", "favor"),
        ("undecided", "against"),
        ("neutral", "neutral"),
    }
    assert read_table(tmp_path / "edges.csv") == []
    assert len(networkx.read_graphml(tmp_path / "network.graphml")) == 0


@pytest.mark.parametrize("bom", [True, False])
def test_every_csv_begins_with_the_mark_unless_told_otherwise(make_analysis, tmp_path, bom):
    analysis = make_analysis(("البلدية تشكر المدرسة", ["البلدية"], ["المدرسة"]))
    write_analyses([analysis], tmp_path / "out", ["edges"], bom=bom)
    paths = sorted((tmp_path / "out").glob("*.csv"))
    assert [path.name for path in paths] == ["edges.csv", "matrix.csv", "positions.csv"]
    for path in paths:
        assert path.read_bytes().startswith(b"\xef\xbb\xbf") == bom
        with path.open(encoding="utf-8-sig" if bom else "utf-8", newline="") as stream:
            assert "\ufeff" not in "".join(next(csv.reader(stream)))


def test_the_workbook_holds_the_table_without_formulas(folder):
    rows = read_table(folder / "positions.csv")
    sheet = openpyxl.load_workbook(folder / "positions.xlsx").active
    header, *cells = sheet.iter_rows()
    assert [cell.value for cell in header] == list(rows[0])
    assert len(cells) == len(rows)
    for row, found in zip(rows, cells, strict=True):
        values = {cell.value: one for cell, one in zip(header, found, strict=True)}
        assert all(cell.data_type != "f" for cell in found)
        assert values["sentence"].value == row["sentence"]
        assert values["article"].value == row["article"]
        assert values["date"].value.date() == date.fromisoformat(row["date"])
        assert values["probability"].value == float(row["probability"])
    assert cells[0][0].value == HOSTILE


def test_the_network_has_weights_signs_and_dates(folder):
    graph = networkx.read_graphml(folder / "network.graphml")
    assert {(graph.nodes[a]["label"], graph.nodes[b]["label"]): edge["sign"] for a, b, edge in graph.edges.data()} == {
        ("البلدية", "المدرسة"): 1,
        ("البلدية", "النادي"): 0,
        ("الغرفة", "النادي"): -1,
    }
    edge = graph.edges["البلدية", "النادي"]
    assert (edge["weight"], edge["favor"], edge["against"], edge["net"]) == (2, 1, 1, 0)
    assert (edge["first_date"], edge["last_date"]) == ("2024-02-11", "2024-03-01")
    again = networkx.read_gexf(folder / "network.gexf")
    assert dict(again.nodes("label")) == dict(graph.nodes("label"))
    assert {pair: again.edges[pair]["weight"] for pair in again.edges} == {
        pair: graph.edges[pair]["weight"] for pair in graph.edges
    }
    spells = {spell.get("start") for spell in ElementTree.parse(folder / "network.gexf").findall(".//{*}spell")}
    assert spells == {"2024-02-11", "2024-03-01"}


def test_edges_say_who_agrees_with_what_and_when(folder):
    found = {(row["actor"], row["concept"], row["agreement"], row["date"]) for row in read_table(folder / "edges.csv")}
    assert found == {
        ("البلدية", "المدرسة", "1", "2024-02-11"),
        ("البلدية", "النادي", "0", "2024-02-11"),
        ("الغرفة", "النادي", "0", "2024-02-11"),
        ("البلدية", "النادي", "1", "2024-03-01"),
    }


def test_characters_that_xml_lacks_do_not_break_files(folder, tmp_path):
    (first, *_) = read_positions(folder)
    first["speakers"][0] |= {"party": "البلدية\x0b", "party_id": "b\x00\ud800"}
    (tmp_path / "positions.jsonl").write_text(json.dumps(first) + "\n", encoding="utf-8")  # half a character escaped
    write_exports(tmp_path / "positions.jsonl", tmp_path, list(ALSO))
    assert list(networkx.read_graphml(tmp_path / "network.graphml").nodes) == ["b\ufffd\ufffd", "المدرسة"]
    assert "b\ufffd\ufffd" in networkx.read_gexf(tmp_path / "network.gexf")
    sheet = openpyxl.load_workbook(tmp_path / "positions.xlsx").active
    assert sheet["G2"].value == "البلدية\ufffd"


def test_an_analysis_without_positions_makes_empty_tables(tmp_path):
    write_exports(write_lines(tmp_path / "out", []), tmp_path / "out", list(ALSO))
    assert read_table(tmp_path / "out" / "positions.csv") == []
    assert len(networkx.read_gexf(tmp_path / "out" / "network.gexf")) == 0


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"speakers": None}, "there is no 'speakers'"),
        ({"stance": "pro"}, "'stance' is 'pro'"),
        ({"stance_p": {"favor": 1.0}}, "there is no 'against'"),
        ({"statement": True}, "'statement' is True"),
        ({"speakers": ["مصر"]}, "'speakers' does not hold objects"),
    ],
)
def test_a_line_that_is_no_position_is_named(folder, tmp_path, change, fault):
    first, *_ = read_positions(folder)
    row = {name: value for name, value in (first | change).items() if value is not None}
    path = write_lines(tmp_path, [first, row])
    with pytest.raises(DataError) as caught:
        write_exports(path, tmp_path)
    assert str(caught.value).startswith(f"{path}, row 2 (line 2): {fault}")
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".csv"] == []


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ConfigError, match=r"the format 'exel' is unknown; did you mean 'excel'\? Expected some of"):
        write_exports(tmp_path / "none.jsonl", tmp_path, ["exel"])


def test_convert_makes_the_files_of_a_finished_folder(folder, tmp_path, run_janib):
    code, out, err = run_janib("convert", folder, "gexf,edges", "-o", tmp_path / "new")
    names = ["edges.csv", "network.gexf", "positions.csv"]
    assert (code, err, sorted(path.name for path in (tmp_path / "new").iterdir())) == (0, "", names)
    assert f"written to {tmp_path}/new/network.gexf" in out
    for name in names:
        assert (tmp_path / "new" / name).read_bytes() == (folder / name).read_bytes()
    code, _, err = run_janib("convert", tmp_path)
    assert (code, err) == (
        2,
        f"error: {tmp_path} holds no positions.jsonl; name a folder that janib analyse --output wrote\n",
    )


@pytest.mark.parametrize(
    ("arguments", "package", "extra"),
    [
        (["convert", "{}", "excel"], "openpyxl", "excel"),
        (["convert", "{}", "edges", "graphml"], "networkx", "network"),
        (["convert", "{}", "gexf"], "networkx", "network"),
        (["analyse", "{}/a.txt", "-o", "{}/new", "--also", "excel,gexf"], "networkx", "network"),
        (["sample", "{}", "{}/sheet.xlsx"], "openpyxl", "excel"),
    ],
)
def test_a_missing_extra_is_named_before_anything_is_written(folder, run_janib, monkeypatch, arguments, package, extra):
    (folder / "a.txt").write_text("قالت البلدية كلاما.", encoding="utf-8")
    for name in ALSO.values():
        (folder / name).unlink()
    before = sorted(path.name for path in folder.iterdir())
    monkeypatch.setitem(sys.modules, package, None)
    code, _, err = run_janib(*(argument.format(folder) for argument in arguments))
    assert (code, err.count("\n"), f"pip install 'janib[{extra}]'" in err) == (2, 1, True)
    assert sorted(path.name for path in folder.iterdir()) == before
