"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

SourceArgument = Annotated[
    str, typer.Argument(help="File to read: .csv, .tsv, .jsonl, .json, .xlsx or .parquet; - for standard input.")
]


def split_names(*given: str) -> list[str]:
    """Return names that are written with commas, spaces or both between them, each once."""
    return list(dict.fromkeys(" ".join(given).replace(",", " ").split()))


ModelOption = Annotated[
    str | None,
    typer.Option("--model", "-m", help="Model: a folder, runs:/… or models:/… [default: the one that ships]"),
]
TextColumnOption = Annotated[str, typer.Option(help="Column that holds the statement.")]
TargetColumnOption = Annotated[str, typer.Option(help="Column that holds the target.")]
TargetOption = Annotated[str | None, typer.Option(help="One target for all rows, instead of a column.")]
StrictOption = Annotated[
    bool, typer.Option("--strict", help="Stop at the first bad row, instead of telling its fault in the output.")
]
ThresholdOption = Annotated[float, typer.Option(help="Withhold labels with a smaller probability, from 0 to 1.")]
BomOption = Annotated[
    bool,
    typer.Option(
        "--bom/--no-bom", help="Begin CSV files with a byte-order mark, without which Excel shows Arabic wrong."
    ),
]
NamesArgument = Annotated[
    list[str] | None, typer.Argument(help="Names of corpora, as janib data list has them; all if none is named.")
]
