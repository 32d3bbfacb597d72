"""The card of the Janib statements says what the corpus holds."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_card_is_what_the_script_writes():
    script = runpy.run_path(str(ROOT / "experiments" / "statements_card.py"))
    assert script["write_card"](script["read_statements"]()) == script["CARD"].read_text(encoding="utf-8")
