"""The command ``janib convert``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from janib.cli.console import open_console
from janib.cli.options import BomOption, split_names


def convert(
    source: Annotated[Path, typer.Argument(help="Folder that janib analyse wrote, or a positions.jsonl.")],
    formats: Annotated[
        list[str] | None, typer.Argument(help="excel, graphml, gexf, edges; positions.csv is written in any case.")
    ] = None,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write to [default: where the positions are]")
    ] = None,
    bom: BomOption = True,
) -> None:
    """Make tables and networks of a finished analysis, for spreadsheets, R and Gephi.

    positions.csv has a row for each speaker, party and sentence; excel is the same as positions.xlsx. graphml and gexf
    are the network of who takes which side (network.graphml, network.gexf); edges is a list of actor, concept,
    agreement and date for a discourse-network analysis (edges.csv).
    """
    from janib.articles.report.exports import ALSO, TABLE_FILE, check_exports, write_exports
    from janib.articles.report.stored import find_positions

    also = split_names(*(formats or []))
    check_exports(also)
    positions = find_positions(source)
    folder = output or positions.parent
    write_exports(positions, folder, also, bom=bom)
    for name in (TABLE_FILE, *(ALSO[one] for one in also)):
        open_console().print(f"written to {folder / name}", soft_wrap=True)
