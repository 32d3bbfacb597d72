"""What many tests need: a saved model and a small corpus, both quick."""

from pathlib import Path

import pytest

from janib.labels import STANCE_LABELS
from janib.models.majority import MajorityModel
from janib.models.store import save_model
from janib.schema import Example

CORPUS = """\
id,text,target,stance
a1,رحّب الوزير باتفاق الموانئ,اتفاق الموانئ,favor
a2,رفضت النقابة قانون الأجور,قانون الأجور,against
a3,اجتمع المجلس أمس في العاصمة,المجلس,neutral
a4,أشادت الغرفة بقانون الأجور,قانون الأجور,favor
"""


@pytest.fixture
def majority() -> MajorityModel:
    """A model that answers favor 0.5, against and neutral 0.25 each."""
    stances = ["favor", "favor", "neutral", "against"]
    rows = [Example(str(number), "نص", stance=stance) for number, stance in enumerate(stances)]
    return MajorityModel(labels={"stance": STANCE_LABELS}).fit(rows, [])


@pytest.fixture
def model_folder(tmp_path: Path, majority: MajorityModel) -> Path:
    """The majority model, saved; it must be told a target."""
    folder = tmp_path / "model"
    save_model(majority, folder, {"target_is_given": True}, "# Card\n")
    return folder


@pytest.fixture
def corpus_file(tmp_path: Path) -> Path:
    """Four rows with id, text, target and stance."""
    path = tmp_path / "corpus.csv"
    path.write_text(CORPUS, encoding="utf-8")
    return path
