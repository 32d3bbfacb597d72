"""Check a folder of annotated articles and count: ``python experiments/articles/check.py FOLDER``."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

from janib.articles.evaluation import fetch_texts, find_text, read_speaker
from janib.articles.spans import Speaker

LABELLED = ["statements", "mentions", "positions", "parties"]
KEYS = ["id", "desk", "title", "outlet", "date", "text", *LABELLED]
STAND_OFF = ["id", "desk", "outlet", "date", "doc", "sha256", *LABELLED]
KINDS = {"armed_group", "army", "club", "company", "court", "government", "international_body"}
KINDS |= {"leader", "movement", "other", "outlet", "parliament", "state", "union"}
LABELS = {"stance": {"favor", "against", "neutral"}, "sentiment": {"positive", "negative", "neutral"}}
HOW = {"named", "continued", "joint", "report"}
SLUG = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
REPORT = Speaker("report", "", "report")


def check(article: dict[str, Any], texts: dict[str, str], counts: Counter[str]) -> list[str]:
    """Return what is wrong with one article, and add to the counts."""
    if list(article) not in (KEYS, STAND_OFF):
        return [f"keys {list(article)}, expected {KEYS} or {STAND_OFF}"]
    faults = []
    text, statements, parties = find_text(article, texts), article["statements"], article["parties"]
    if text.split("\n")[0] != article.get("title", text.split("\n")[0]):
        faults.append("the first line is not the title")
    for unit in [*statements, *article["mentions"]]:
        surface = text[unit["start"] : unit["end"]]
        if not 0 <= unit["start"] < unit["end"] <= len(text) or surface != surface.strip():
            faults.append(f"{unit['start']}:{unit['end']} slices to {surface!r}")
    edges = [0, *(edge for one in statements for edge in (one["start"], one["end"])), len(text)]
    faults += [f"{a}:{b} overlaps or is out of order" for a, b in pairwise(edges) if a > b]
    gaps = [text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    faults += [f"letters outside statements: {gap!r}" for gap in gaps if any(map(str.isalpha, gap))]
    held: list[set[str]] = [set() for _ in statements]
    for one in article["mentions"]:
        inside = [i for i, s in enumerate(statements) if s["start"] <= one["start"] and one["end"] <= s["end"]]
        if not inside:
            faults.append(f"mention {text[one['start'] : one['end']]!r} is in no statement")
        held[inside[0] if inside else 0].add(one["party"])
    spans = sorted({(one["start"], one["end"]) for one in article["mentions"]})
    faults += [f"mentions {a} and {b} overlap" for a, b in pairwise(spans) if a[1] > b[0]]
    given: list[list[str]] = [[] for _ in statements]
    for one in article["positions"]:
        given[one["statement"]].append(one["party"])
        faults += [f"{key} {one[key]!r}" for key, labels in LABELS.items() if one[key] not in labels]
        counts[f"position {one['stance']} {one['sentiment']}"] += 1
    used = {one["party"] for one in article["mentions"]}
    for i, statement in enumerate(statements):
        speakers = [read_speaker(one, text) for one in statement["speakers"]]
        ids = {one.party for one in speakers}
        if "report" in ids or not speakers:
            faults += [] if speakers == [REPORT] else [f"statement {i}: speakers {speakers}"]
        elif any(not one.surface or one.surface not in text or one.how not in HOW for one in speakers):
            faults.append(f"statement {i}: speakers {speakers}")
        if len(ids) != len(speakers) or (len(ids) == 1 and speakers[0].how == "joint"):
            faults.append(f"statement {i}: a speaker twice, or joint alone")
        if sorted(given[i]) != sorted(held[i] - ids):
            faults.append(f"statement {i}: positions {sorted(given[i])}, mentioned {sorted(held[i] - ids)}")
        counts.update(f"speaker {one.how}" for one in speakers)
        used |= ids - {"report"}
    faults += [f"party {party} is unused or not listed" for party in used ^ set(parties)]
    faults += [f"party {k}: {v}" for k, v in parties.items() if not SLUG.fullmatch(k) or v["kind"] not in KINDS]
    counts.update({"article": 1, "statement": len(statements), "mention": len(article["mentions"])})
    return faults


if __name__ == "__main__":
    counts: Counter[str] = Counter()
    faults = []
    articles = {path.name: json.loads(path.read_text("utf-8")) for path in sorted(Path(sys.argv[1]).glob("*.json"))}
    texts = fetch_texts(list(articles.values()))
    for name, article in articles.items():
        faults += [f"{name}: {fault}" for fault in check(article, texts, counts)]
    faults += [] if counts else [f"no *.json in {sys.argv[1]}"]
    sys.stdout.write("\n".join([f"{key}: {counts[key]}" for key in sorted(counts)] + faults) + "\n")
    sys.exit(bool(faults))
