"""Generated texts, odd in every way that is known, through ``predict`` and ``analyse`` with the models that ship."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kills import LONG, wait_or_kill
from tally import JANIB, Tally, read_log, start

from janib.labels import STANCE_LABELS

WORDS = """قال وقالت وأضاف نقلت عن بحسب وفق أن إن أنه البيان بيان الجانبان الطرفان الرئيسان الرئيس الوزير وزير الخارجية
المصري والسوداني الروسية – السفير التركي مصر والسودان بقطر لليمن للروس عمان عُمان القاهرة باريس وكالة رويترز حماس الأهلي
الاتحاد بوتين ترامب دونالد فلاديمير الأمم المتحدة مجلس الأمن حزب الشركة المحكمة أما فقال لكن فيما وأكدا داعيا ما سماه
نشر في مارس آذار كانون الثاني 2016 ٢٠١٦ 1437 12/03/2016 اقرأ أيضا المصدر الوسوم بقلم جميع الحقوق محفوظة صورة أرشيف
د. م. أ.ف.ب ١٢٫٥ 3.5 % : ، ؛ . .. … ؟ ! « » “ ” " ' ( ) [ ] - -- • / |"""
NOISE = [
    *("\u064e", "\u0651", "\u0670", "ـــ", "\u0300", "\u200f", "\u200e", "\u202b", "\u202c", "\u2067", "\u2069"),
    *("\u200c", "\u200d", "\ufeff", "\u00ad", "\x00", "\x1b", "\x85", "\u2028", "\u2029", "\ufffd", "\udc80", "\ud83d"),
    *("🎉", "👩‍👩‍👧", "🇪🇬", "<b>", "</p", "<script>", '"><img onerror=x>', "&amp;", "&#x0;", "<!--", "{{", "{%", "\\"),
    *("ﷺ", "ﻭﺭﺣﺒﺖ", "ﻧﺸﺮ", "ﺍﻟﻤﺼﺪﺭ", "Ⅷ", "İ", "ß", "https://example.org/?a=1&b=", "@user", "#وسم_", "a.b.c", "1."),
    *("أ-", "٢)", "=1+1", "NaN", "null", "\t", "-0", "1e999"),
]
GLUES = [" ", " ", " ", "", "\n", "\r\n", "\t", "\u00a0", "\n- ", ". "]
TARGETS = ["مصر", "المجلس", "الـحِـزب", "", " ", "x" * 300, "\u200fقطر\u200e", "🎉", "\x00", "\udc80"]
LONGEST = 20_000
"""Letters of the longest words, and words of the longest texts a hundredth of it."""


def make_text(draw: random.Random) -> str:
    """Return a text: mostly some words and some noise, at times one word or very long."""
    kind = draw.random()
    if kind < 0.005:
        return draw.choice(["ا", "وال", "\u064e", "ـ", "🎉", "\u202b"]) * draw.randrange(LONGEST)
    if kind < 0.02:
        return " ".join(draw.choices(WORDS.split(), k=draw.randrange(LONGEST // 100)))
    pieces = draw.choices([WORDS.split(), NOISE, range(0x110000)], weights=[12, 2, 1], k=draw.randrange(30))
    return "".join(f"{to_text(draw.choice(piece))}{draw.choice(GLUES)}" for piece in pieces)


def to_text(piece: str | int) -> str:
    """Return a piece; a number is a code point."""
    return chr(piece) if isinstance(piece, int) else piece


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    """Write JSON lines in ASCII, since a lone surrogate has no UTF-8."""
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="ascii")


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read JSON lines as a strict parser does.

    Raises
    ------
    ValueError
        If there is something that only Python's own parser reads.
    """

    def refuse(name: str) -> None:
        raise ValueError(f"{path.name}: {name} is no JSON")

    with path.open(encoding="utf-8", newline="\n") as stream:
        for line in stream:
            yield json.loads(line, parse_constant=refuse)


def find_fault(row: Mapping[str, str], found: Mapping[str, Any]) -> str:
    """Return what is wrong with a labelled row; empty if nothing is."""
    changed = [key for key in row if row[key] != found[key]]
    if changed:
        return f"{', '.join(changed)} changed"
    shares = [found[f"p_{label}"] for label in STANCE_LABELS]
    if found["error"]:
        return "" if {found["predicted"], *shares} == {""} else "both an error and an answer"
    if not all(isinstance(share, float | int) and math.isfinite(share) for share in shares):
        return f"the probabilities are {shares}"
    best = STANCE_LABELS[shares.index(max(shares))]
    return (
        "" if abs(sum(shares) - 1) < 1e-5 and found["predicted"] in ("", best) else f"{found['predicted']} of {shares}"
    )


def predict_texts(place: Path, count: int) -> Tally:
    """Label so many texts; then every tenth of them again, from the last to the first."""
    draw = random.Random(0)
    rows = [
        {"id": str(number), "text": make_text(draw), "target": draw.choice(TARGETS[:3] if number % 4 else TARGETS)}
        for number in range(count)
    ]
    tally = Tally("janib predict in.jsonl out.jsonl with the model that ships", trials=count)
    answers = []
    for name, asked in {"in": rows, "again": rows[::-10]}.items():
        write_rows(place / f"{name}.jsonl", asked)
        words = (*JANIB, "predict", f"{name}.jsonl", f"{name}.out.jsonl")
        code = wait_or_kill(start(place, words), LONG)
        if code or "Traceback" in read_log(place):
            tally.faults.append(f"exit status {code}: {read_log(place)[-1500:]}")
            return tally
        answers.append(list(read_lines(place / f"{name}.out.jsonl")))
    found, again = answers
    for row, answer in zip(rows, found, strict=True):
        if fault := find_fault(row, answer):
            tally.faults.append(f"row {row['id']}: {fault}")
        elif answer["error"]:
            tally.clear_errors += 1
        else:
            tally.equal += 1
    if again != found[::-10]:
        tally.faults.append("rows that are asked again in another order have other answers")
    return tally


def analyse_texts(place: Path, count: int) -> Tally:
    """Analyse so many texts of several lines each, one an article."""
    draw = random.Random(1)
    texts = {f"a{number}": "\n".join(make_text(draw) for _ in range(draw.randrange(1, 4))) for number in range(count)}
    write_rows(place / "in.jsonl", [{"id": name, "text": text} for name, text in texts.items()])
    tally = Tally("janib analyse in.jsonl -o out with the models that ship", trials=count)
    code = wait_or_kill(start(place, (*JANIB, "analyse", "in.jsonl", "-o", "out")), LONG)
    if code or "Traceback" in read_log(place):
        tally.faults.append(f"exit status {code}: {read_log(place)[-1500:]}")
        return tally
    read = {name: list(read_lines(place / f"out/{name}.jsonl")) for name in ("statements", "positions")}
    for one in (*read["statements"], *read["positions"]):
        if texts[one["article"]][one["start"] : one["end"]] != one["text"]:
            tally.faults.append(f"{one['article']}: the offsets {one['start']} to {one['end']} are of another text")
    for one in read["positions"]:
        if not one["start"] <= one["mention_start"] < one["mention_end"] <= one["end"]:
            tally.faults.append(f"{one['article']}: a mention outside its statement")
        if one["stance_p"] is None or abs(sum(one["stance_p"].values()) - 1) > 0.001:
            tally.faults.append(f"{one['article']}: the probabilities are {one['stance_p']}")
    left_out = place / "out/left_out.txt"
    tally.clear_errors = left_out.read_bytes().count(b"\n") if left_out.exists() else 0
    tally.equal = count - tally.clear_errors
    return tally
