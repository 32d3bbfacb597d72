"""StanceEval's submission files, from the predictions that a table keeps.

The format is that of the organisers' scorers (repository StanceEval/stanceeval.github.io, ``evaluate_track1.py`` and
``evaluate_track2.py`` at f1c5ad1): a ZIP with one text file, a label a line, ``Against``, ``Favor`` or ``None``, in the
order of the scored file's rows. They see no ids.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from janib.errors import ConfigError
from janib.files import write_file
from janib.labels import Stance
from janib.tables.answers import read_answers
from janib.tables.cells import Cell
from janib.tables.lines import Line

CORPORA = ("mawqif", "mawqif_unseen")

_WORDS = {Stance.AGAINST: "Against", Stance.NEUTRAL: "None", Stance.FAVOR: "Favor"}
_BEGINNING = (1980, 1, 1, 0, 0, 0)  # of a ZIP's time: the same answers are the same bytes


def write_submissions(cells: Sequence[Cell], lines: Sequence[Line], folder: Path, out: Path) -> list[Path]:
    """Write a submission file for each cell that has run; return their paths.

    Parameters
    ----------
    cells, lines
        The table's.
    folder
        Where its predictions are.
    out
        Where the files go, ``ROW_seedN.zip``; the rows stand in the order of the corpus's test file.

    Raises
    ------
    ConfigError
        If the table is not of stance on Mawqif, which is what StanceEval asks for.
    """
    corpus, task = cells[0].config.data.name, cells[0].task
    if corpus not in CORPORA or task != "stance":
        raise ConfigError(
            f"action=submission: this table is of {task} on {corpus}, and StanceEval takes stance on "
            f"{' or '.join(CORPORA)}; choose table=mawqif_stance or table=mawqif_unseen"
        )
    answered = read_answers(folder, "test", [(line["model"], line["seed"]) for line in lines])
    written: list[Path] = []
    if answered is None:
        return written
    for (row, seed), predicted in answered.systems.items():
        path = out / f"{row}_seed{seed}.zip"
        text = "".join(f"{_WORDS[Stance(label)]}\n" for label in predicted)
        with write_file(path) as partial, zipfile.ZipFile(partial, "w") as archive:
            archive.writestr(zipfile.ZipInfo("predictions.txt", _BEGINNING), text)
        written.append(path)
    return written
