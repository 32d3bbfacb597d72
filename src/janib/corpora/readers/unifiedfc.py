"""Unified-FC: Arabic claims on the war in Syria and articles that agree, disagree or discuss (Baly et al., 2018).

The packed folder holds a JSON file for each claim, with parallel lists of its articles, and the authors' five folds.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from janib.corpora.base import Corpus, LabelMap, SourceFile, Splits
from janib.errors import DataError
from janib.labels import Stance
from janib.schema import Example

_FOLDS = "train_test_splits.txt"
_LABELS = ("agree", "disagree", "discuss", "unrelated")
_LABEL = LabelMap({label: label for label in _LABELS})
# Unrelated pairs have no stance: the search found the wrong article. They are two thirds of the pairs, and as neutral
# they would turn the task into finding the topic.
_STANCE = {"agree": Stance.FAVOR, "disagree": Stance.AGAINST, "discuss": Stance.NEUTRAL}


def _read(paths: list[Path]) -> Splits:
    claims, folds = _read_files(paths[0])
    return {"train": [row for claim in claims for row in _make_rows(claim, folds, paths[0])]}


def _make_rows(claim: dict[str, Any], folds: dict[str, str], path: Path) -> Iterator[Example]:
    name = claim["id"]
    if name not in folds:
        raise DataError(f"{path}: the claim {name} is in no fold; expected it once in {_FOLDS}")
    articles = zip(claim["article"], claim["url"], claim["stance"], strict=True)
    for number, (article, address, word) in enumerate(articles):
        label = _LABEL(word, f"{path}, claim {name}, article {number + 1}")
        yield Example(
            id=f"{name}.{number}",
            text=article,
            target=claim["claim"],
            document=address,
            group=folds[name],
            stance=_STANCE.get(label),
            label=label,
        )


def _read_files(path: Path) -> tuple[list[dict[str, Any]], dict[str, str]]:
    claims, folds = [], dict[str, str]()
    with tarfile.open(path, "r:xz") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is None:
                continue
            if member.name.endswith(".json"):
                claims.append(json.load(stream))
            elif member.name.endswith(_FOLDS):
                for line in stream.read().decode().splitlines():
                    fold, _, names = line.partition(":")
                    folds |= dict.fromkeys(names.split(), fold)
    return claims, folds


UNIFIEDFC = Corpus(
    name="unifiedfc",
    title="Unified-FC: Arabic articles on claims about the war in Syria",
    homepage="https://alt.qcri.org/resources/arabic-fact-checking-and-stance-detection-corpus",
    licence="none stated; its authors ask to be cited",
    citation="Baly, Mohtarami, Glass, Màrquez, Moschitti, Nakov: Integrating Stance Detection and Fact Checking in a "
    "Unified Corpus. NAACL 2018",
    read=_read,
    metrics={"label": "macro_f1", "stance": "macro_f1"},
    files=(SourceFile("unifiedfc.tar.xz", "", "e06ad9779a495ea5ad26bbfd0a55c5d87d00625362ee00c300c51d6857bbb8f6"),),
    labels=_LABELS,
    target_is_text=True,
    notes="No official test split: the column group holds the authors' five folds, which keep a claim together. 94 "
    "article texts are in more than one fold. Stance leaves the 2,072 unrelated pairs out (agree is favor, disagree is "
    "against, discuss is neutral). It cannot be downloaded: the pinned file packs a folder of 424 files "
    "(github.com/Ali-Mhrez/Stance-Detection-MLLM, raw_data/unifiedfc-main, commit 00efc50), so a mirror is needed.",
)
