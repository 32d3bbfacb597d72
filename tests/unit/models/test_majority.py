import re
from pathlib import Path

import numpy as np
import pytest

from janib.errors import DataError
from janib.labels import STANCE_LABELS
from janib.models.base import Model
from janib.models.majority import MajorityModel
from janib.schema import Example

LABELS = {"stance": STANCE_LABELS}


def make_rows(*stances: str | None) -> list[Example]:
    return [Example(str(number), "نص", stance=stance) for number, stance in enumerate(stances)]


def test_probabilities_are_the_label_frequencies_of_training():
    model = MajorityModel(labels=LABELS).fit(make_rows("favor", "favor", "against", None, "favor"), [])
    assert isinstance(model, Model)
    np.testing.assert_array_equal(model.predict_proba(make_rows(None, None))["stance"], [[0.25, 0, 0.75]] * 2)
    assert model.predict_proba([])["stance"].shape == (0, 3)


def test_loads_as_it_was_saved(tmp_path: Path):
    model = MajorityModel(labels=LABELS).fit(make_rows("favor", "neutral", "neutral"), [])
    again = MajorityModel.load(tmp_path, {**model.save(tmp_path), "labels": LABELS})
    rows = make_rows(None)
    np.testing.assert_array_equal(again.predict_proba(rows)["stance"], model.predict_proba(rows)["stance"])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("stances", "found"), [(["favor", None, "favor"], "1 classes in the training rows (favor)"),
                           ([None], "0 classes in the training rows (none)")]
)  # fmt: skip
def test_needs_two_labels(stances: list[str | None], found: str):
    message = f"task 'stance' has {found}, expected at least 2; check the split and the label column"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        MajorityModel(labels=LABELS).fit(make_rows(*stances), [])
