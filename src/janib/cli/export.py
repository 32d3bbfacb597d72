"""The command ``janib export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from janib.cli.console import open_console
from janib.cli.options import TargetColumnOption, TextColumnOption
from janib.errors import need_extra


def export(
    model: Annotated[
        str, typer.Argument(help="Model to export, a transformer or a probe: a folder, runs:/… or models:/…")
    ],
    out: Annotated[Path, typer.Argument(help="New folder for the ONNX model.")],
    *,
    quantize: Annotated[bool, typer.Option("--quantize", help="Make it 8 bits wide: two fifths of the size.")] = False,
    check: Annotated[
        Path | None,
        typer.Option(
            help="Table of statements to compare the two models on [default: the Janib statements' training split]"
        ),
    ] = None,
    text_column: TextColumnOption = "text",
    target_column: TargetColumnOption = "target",
    force: Annotated[bool, typer.Option("--force", help="Export even if labels differ.")] = False,
) -> None:
    """Export an encoder to one ONNX folder, which needs neither torch nor transformers.

    The export is compared with the model on real rows, and refused if fewer than 99 % of the labels are equal.
    """
    from janib.inference.classifier import find_folder

    with need_extra("exporting a model", "export"):
        from janib.models.export.export import export_model

    found = export_model(
        find_folder(model), out, quantize=quantize, check=check, columns=(text_column, target_column), force=force
    )
    table = Table("task", "equal labels", "largest difference", "macro-F1 before", "after")
    for task, one in found.items():
        scores = ("" if share is None else f"{share:.2%}" for share in (one.macro_f1_before, one.macro_f1_after))
        table.add_row(task, f"{one.agreement:.2%}", f"{one.difference:.4f}", *scores)
    console = open_console()
    console.print(table)
    console.print(f"written to {out}", soft_wrap=True)
