"""StanceEval's submission files, from the predictions that a table keeps.

That of 2026 is as the organisers' scorers read it (repository StanceEval/stanceeval.github.io,
``evaluate_track1.py`` and ``evaluate_track2.py`` at f1c5ad1): a ZIP with one text file, a label a line, ``Against``,
``Favor`` or ``None``, in the order of the scored file's rows. They see no ids. That of 2024 is as its scorer reads it,
in SemEval-2016's format (repository licvol/dzStanceEval_2024, ``StanceEval.py`` at 0d3fa7a): a header and, a line each,
id, target, tweet and label, ``AGAINST``, ``FAVOR`` or ``NONE``, with tabs between them. It holds tweets, so it must not
be passed on.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from janib.corpora import read_corpus
from janib.errors import ConfigError
from janib.io.files import write_file, write_text
from janib.labels import Stance
from janib.tables.kept_predictions import KeptPredictions, SplitPredictions
from janib.tables.planned_runs import PlannedRun
from janib.tables.results_csv import FinishedRun

CORPORA = ("mawqif", "mawqif_unseen")
OF_2024 = "mawqif"

_WORDS = {Stance.AGAINST: "Against", Stance.NEUTRAL: "None", Stance.FAVOR: "Favor"}
_BEGINNING = (1980, 1, 1, 0, 0, 0)  # the first date of a ZIP: the same predictions are the same bytes


def write_submissions(
    planned: PlannedRun, finished: Sequence[FinishedRun], predictions: KeptPredictions, out: Path
) -> list[Path]:
    """Write the submission files of each finished run; return their paths.

    ``planned`` is one of the table's runs, which all have the same corpus and task. The files are ``ROW_seedN.zip`` of
    2026 and, for what was scored in 2024 too, ``ROW_seedN.tsv``. The rows are in the order of the corpus's test file.

    Raises
    ------
    ConfigError
        If the table is not of stance on Mawqif, which is what StanceEval asks for.
    DataError
        If the tweets are not available, which the files of 2024 hold.
    """
    corpus, task = planned.experiment.data["name"], planned.task
    if corpus not in CORPORA or task != "stance":
        raise ConfigError(
            f"action=submission: this table is of {task} on {corpus}, and StanceEval takes stance on "
            f"{' or '.join(CORPORA)}; choose table=mawqif_stance or table=mawqif_unseen"
        )
    kept = predictions.read_split("test", [run.key for run in finished])
    written: list[Path] = []
    if kept is None:
        return written
    texts = _read_texts() if corpus == OF_2024 else None
    for (row, seed), predicted in kept.by_run.items():
        path = out / f"{row}_seed{seed}.zip"
        text = "".join(f"{_WORDS[Stance(label)]}\n" for label in predicted)
        with write_file(path) as partial, zipfile.ZipFile(partial, "w") as archive:
            archive.writestr(zipfile.ZipInfo("predictions.txt", _BEGINNING), text)
        written.append(path)
        if texts is not None:
            path = path.with_suffix(".tsv")
            write_text(path, _list_tweets(kept, texts, predicted))
            written.append(path)
    return written


def _read_texts() -> dict[str, str]:
    """Return the test tweets by id, each in one line without tabs."""
    return {row.id: " ".join(row.text.split()) for row in read_corpus(OF_2024)[1]["test"]}


def _list_tweets(kept: SplitPredictions, texts: dict[str, str], predicted: Sequence[str]) -> str:
    words = (_WORDS[Stance(label)].upper() for label in predicted)
    rows = zip(kept.ids, kept.targets, map(texts.__getitem__, kept.ids), words, strict=True)
    return "".join(map("{}\n".format, map("\t".join, [("ID", "Target", "Tweet", "Stance"), *rows])))
