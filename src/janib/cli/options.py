"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

SourceArgument = Annotated[str, typer.Argument(help="CSV, JSON lines or Parquet, or - for standard input.")]
ModelOption = Annotated[
    str | None, typer.Option("--model", "-m", help="Model folder, runs:/… or models:/… [default: shipped]")
]
TextColumnOption = Annotated[str, typer.Option(help="Column that holds the statement.")]
TargetColumnOption = Annotated[str, typer.Option(help="Column that holds the target.")]
TargetOption = Annotated[str | None, typer.Option(help="One target for all rows, instead of a column.")]
StrictOption = Annotated[bool, typer.Option("--strict", help="Stop at the first bad row.")]
ThresholdOption = Annotated[float, typer.Option(help="Withhold labels with a smaller probability.")]
NamesArgument = Annotated[list[str] | None, typer.Argument(help="Corpora; all if none is named.")]
