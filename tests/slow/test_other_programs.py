"""What LibreOffice and R read of an analysis, where they are installed."""

import csv
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from janib.articles.report.exports import write_exports

pytestmark = pytest.mark.slow

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "exports.md"
UTF8_CSV = "Text - txt - csv (StarCalc):44,34,76"
TEXTS = [
    "قالت البلديّةُ إنَّ المجلـــس أخطأ ١٢ مرّة 🎉، و«النادي» أصاب.",
    'نصّ فيه "اقتباس"، وفاصلة, وشرطة مائلة \\ وعلامة #',
    "سطر أول\nسطر ثان\u202b من اليمين\u202c",
    "ﺍﻟﻤﺠﻠﺲ وأآإا ٪ ٣٫٥",
]


@pytest.fixture
def folder(tmp_path):
    """The tables and networks of 200 positions."""
    positions = tmp_path / "outputs" / "article" / "positions.jsonl"
    positions.parent.mkdir(parents=True)
    speaker = {"name": "", "office": "", "party_id": "city", "party": "البلدية", "surface": "البلدية", "how": "named"}
    stances = ["favor", "against", "neutral", None]
    with positions.open("w", encoding="utf-8") as stream:
        for number in range(200):
            line = {
                "article": f"{number:03}",
                "outlet": "صدى المدينة" if number % 3 else None,
                "date": f"2024-02-{number % 28 + 1:02}" if number % 5 else None,
                "statement": number,
                "text": TEXTS[number % len(TEXTS)],
                "start": 0,
                "end": len(TEXTS[number % len(TEXTS)]),
                "speakers": [speaker, speaker | {"party_id": "guild", "party": "النقابة"}][: 1 + number % 2],
                "party": "النادي",
                "party_id": "club",
                "mention_start": 0,
                "mention_end": 2,
                "stance": stances[number % len(stances)],
                "stance_p": {"against": 0.25, "neutral": 0.25, "favor": 0.5},
                "sentiment": "neutral",
                "sentiment_p": {"negative": 0.1, "neutral": 0.8, "positive": 0.1},
            }
            stream.write(json.dumps(line) + "\n")
    write_exports(positions, positions.parent, ["excel", "graphml", "edges"])
    return positions.parent


def read_csv(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def run_program(*command, folder):
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, env=environment)
    assert found.returncode == 0, found.stderr
    return found.stdout


@pytest.mark.skipif(not shutil.which("soffice"), reason="apt-get install libreoffice-calc")
@pytest.mark.parametrize("name", ["positions.csv", "positions.xlsx"])
def test_libreoffice_reads_what_was_written(folder, name, tmp_path):
    options = ["--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"]
    given = [f"--infilter={UTF8_CSV}"] if name.endswith(".csv") else []
    run_program("soffice", *options, *given, "--convert-to", f"csv:{UTF8_CSV}", "--outdir", "back", name, folder=folder)
    expected = read_csv(folder / "positions.csv")
    found = read_csv(folder / "back" / "positions.csv")
    assert len(found) == len(expected) == 301
    texts = [expected[0].index(name) for name in ("date", "speaker", "party", "stance", "sentence", "outlet")]
    assert [[row[place] for place in texts] for row in found] == [[row[place] for place in texts] for row in expected]


@pytest.mark.skipif(not shutil.which("Rscript"), reason="apt-get install r-base-core")
def test_the_lines_of_the_guide_run_in_r(folder):
    page = GUIDE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```r\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    has_igraph = run_program("Rscript", "-e", 'cat(nzchar(system.file(package = "igraph")))', folder=folder) == "TRUE"
    for block in blocks:
        if "igraph::" not in block or has_igraph:
            run_program("Rscript", "-e", block, folder=folder.parents[1])
    back = f'{blocks[0]}\nwrite.csv(positions, "back.csv", row.names = FALSE, fileEncoding = "UTF-8", na = "")'
    run_program("Rscript", "-e", back, folder=folder.parents[1])
    expected, found = read_csv(folder / "positions.csv"), read_csv(folder.parents[1] / "back.csv")
    assert found[0] == expected[0]
    texts = [expected[0].index(name) for name in ("speaker", "party", "stance", "sentence", "outlet", "date")]
    assert [[row[place] for place in texts] for row in found] == [[row[place] for place in texts] for row in expected]
