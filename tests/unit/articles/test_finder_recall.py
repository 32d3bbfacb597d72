"""The reading of NewsFANE: clitics are joined to words, and entities keep their places."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "experiments" / "finder_recall.py"
LINES = """\
\u200eقال\tO
\u200eو\tO
\u200eزير\tO
\u200eالخارجية\tO
\u200eل\tO
\u200eالامم\tB-Non-Governmental
\u200eالمتحدة\tI-Non-Governmental
\u200eان\tO
\u200eحدود\tO
\u200eها\tO
\u200eب\tO
\u200eقطر\tB-Nation

\u200eمنصور\tB-Politician
\u200eالدهان\tI-Politician
"""


@pytest.fixture(scope="module")
def finder_recall():
    spec = importlib.util.spec_from_file_location("finder_recall", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def piece(finder_recall, tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text(LINES, encoding="utf-8-sig")
    (piece,) = finder_recall.read_pieces(path)
    return piece


def test_words_are_joined_and_entities_keep_their_places(piece):
    assert piece.text == "قال وزير الخارجية للامم المتحدة ان حدودها بقطر\nمنصور الدهان\n"
    assert [(piece.text[one.start : one.end], one.label) for one in piece.spans] == [
        ("لامم المتحدة", "Non-Governmental"),
        ("قطر", "Nation"),
        ("منصور الدهان", "Politician"),
    ]
    assert [piece.text[one.start : one.end] for one in piece.sentences] == piece.text.splitlines()


def test_spans_are_counted(finder_recall, piece):
    counts, sentences = finder_recall.count_spans([piece])
    assert sentences == 2
    assert +counts == {
        ("Non-Governmental", "spans"): 1,
        ("Non-Governmental", "found"): 1,
        ("Non-Governmental", "exact"): 1,
        ("Nation", "spans"): 1,
        ("Nation", "found"): 1,
        ("Nation", "exact"): 1,
        ("Politician", "spans"): 1,
    }
