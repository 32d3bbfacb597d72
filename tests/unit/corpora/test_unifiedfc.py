import io
import json
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold

from janib.corpora.base import Splits
from janib.corpora.fetch import fetch_file
from janib.corpora.readers.unifiedfc import UNIFIEDFC
from janib.errors import DataError
from janib.schema import Example

CLAIM = {
    "id": "R-1",
    "claim": "وصلت القافلة",
    "fact": "true",
    "article": ["عنوان\nوصلت القافلة أمس\nانتهى", "لم تصل\nأبدا", "خبر آخر", "طقس"],
    "url": ["http://a/1", "http://a/2", "http://a/3", "http://a/4"],
    "stance": ["agree", "disagree", "discuss", "unrelated"],
    "rationale": ["[1]", "[0, 1]", "", ""],
}


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., Path]:
    """Pack claims and the folds file as upstream's folder is packed."""

    def pack_files(folds: str, *claims: dict[str, Any]) -> Path:
        path = tmp_path / "unifiedfc.tar.xz"
        with tarfile.open(path, "w:xz") as archive:
            for name, text in [
                *((f"unifiedfc/dataset/{claim['id']}.json", json.dumps(claim)) for claim in claims),
                ("unifiedfc/README.txt", "read me"),
                ("unifiedfc/train_test_splits.txt", folds),
            ]:
                member = tarfile.TarInfo(name)
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
            link = tarfile.TarInfo("unifiedfc/dataset/link.json")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(link)
        return path

    return pack_files


def test_a_row_for_each_article_with_its_fold(pack: Callable[..., Path]) -> None:
    second = {**CLAIM, "id": "V-2", "article": ["نص"], "url": ["u"], "stance": ["agree"], "rationale": ["[0]"]}
    rows = UNIFIEDFC.read([pack("Fold_1: V-9 R-1\nFold_2: V-2\n", CLAIM, second)])["train"]
    assert rows[0] == Example(
        id="R-1.0",
        text="عنوان\nوصلت القافلة أمس\nانتهى",
        target="وصلت القافلة",
        document="http://a/1",
        group="Fold_1",
        stance="favor",
        label="agree",
    )
    assert [(row.id, row.label, row.stance, row.group) for row in rows[1:]] == [
        ("R-1.1", "disagree", "against", "Fold_1"),
        ("R-1.2", "discuss", "neutral", "Fold_1"),
        ("R-1.3", "unrelated", None, "Fold_1"),
        ("V-2.0", "agree", "favor", "Fold_2"),
    ]


def test_a_claim_without_a_fold_is_refused(pack: Callable[..., Path]) -> None:
    path = pack("Fold_1: V-9", CLAIM)
    with pytest.raises(DataError) as caught:
        UNIFIEDFC.read([path])
    assert str(caught.value) == f"{path}: the claim R-1 is in no fold; expected it once in train_test_splits.txt"


def test_an_unknown_label_is_named_with_its_place(pack: Callable[..., Path]) -> None:
    path = pack("Fold_1: R-1", {**CLAIM, "stance": ["agree", "Agree", "discuss", "unrelated"]})
    with pytest.raises(DataError) as caught:
        UNIFIEDFC.read([path])
    assert str(caught.value) == (
        f"{path}, claim R-1, article 2: label 'Agree' is unknown, expected one of agree, disagree, discuss, unrelated"
    )


def test_it_cannot_be_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JANIB_DATA_MIRROR", raising=False)
    with pytest.raises(DataError) as caught:
        fetch_file(UNIFIEDFC.files[0])
    assert str(caught.value) == (
        "unifiedfc.tar.xz cannot be downloaded: its authors publish it in another form; "
        "name the folder that holds it in JANIB_DATA_MIRROR"
    )


def test_counts(read_mirror: Callable[[str], Splits]) -> None:
    rows = read_mirror("unifiedfc")["train"]
    assert Counter(row.label for row in rows) == {"unrelated": 2072, "agree": 474, "discuss": 409, "disagree": 87}
    assert len({row.id.partition(".")[0] for row in rows}) == 422
    folds = Counter(row.group for row in rows)
    assert folds == {"Fold_1": 616, "Fold_2": 634, "Fold_3": 592, "Fold_4": 587, "Fold_5": 613}
    homes: dict[str, set[str | None]] = {}
    for row in rows:
        homes.setdefault(row.text, set()).add(row.group)
    assert sum(len(groups) > 1 for groups in homes.values()) == 94  # as the notes say
    parts = StratifiedGroupKFold(5, shuffle=True, random_state=0).split(
        np.zeros(len(rows)), [row.label for row in rows], [row.group for row in rows]
    )
    left_out = [{rows[i].group for i in valid} for _, valid in parts]
    assert sorted(map(len, left_out)) == [1] * 5  # five groups in five parts are the authors' folds
    assert set.union(*left_out) == set(folds)
