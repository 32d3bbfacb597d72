"""The commands ``janib sample`` and ``janib agree``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from janib.cli.console import isolate, open_console
from janib.cli.options import BomOption
from janib.labels import STANCE_LABELS

if TYPE_CHECKING:
    from janib.articles.checking.agreement import Agreement


def sample(
    source: Annotated[Path, typer.Argument(help="Folder that janib analyse wrote, or a positions.jsonl.")],
    output: Annotated[
        Path, typer.Argument(help="Sheet to write: .xlsx, .csv, or .json, which are tasks of Label Studio.")
    ],
    *,
    count: Annotated[int, typer.Option("--count", "-n", help="Number of positions to draw.")] = 200,
    seed: Annotated[int, typer.Option(help="Another seed draws other positions.")] = 0,
    blind: Annotated[
        bool, typer.Option("--blind", help="Leave the model's answers out of what Label Studio shows.")
    ] = False,
    bom: BomOption = True,
) -> None:
    """Draw positions for people to check, and write a sheet for their labels.

    The same number is drawn of each side, shown and undecided, and of neutral, since sides are rare; janib agree
    weights them back. A reader fills in the column stance with favor, neutral or against (or مع, محايد, ضد).
    """
    from janib.articles.checking.sample import draw_sample
    from janib.articles.checking.sheets import check_sheet, write_sheet
    from janib.articles.report.stored import find_positions

    check_sheet(output)
    drawn = draw_sample(find_positions(source), count, seed)
    written = write_sheet(drawn, output, blind=blind, bom=bom)
    sizes = {one.stratum: one.stratum_size for one in drawn}
    table = Table("likeliest stance", "shown", "positions", "drawn")
    for (stance, shown), size in sorted(sizes.items()):
        n_drawn = sum(one.stratum == (stance, shown) for one in drawn)
        table.add_row(stance, shown, f"{size:,}", f"{n_drawn:,}")
    console = open_console()
    console.print(table)
    for path in written:
        console.print(f"written to {path}", soft_wrap=True)
    if len(written) > 1:
        console.print(
            f"In Label Studio, {written[1].name} is the labelling interface (Settings, Code).", soft_wrap=True
        )
    console.print(f"When it is read: janib agree {output}", soft_wrap=True)


def agree(
    sheets: Annotated[
        list[Path], typer.Argument(help="Sheets that were filled in, one a reader; .json is an export of Label Studio.")
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="CSV or JSON-lines file for the labels, to train on (data=csv)."),
    ] = None,
    column: Annotated[str, typer.Option(help="Column of a table that holds the reader's labels.")] = "stance",
    bom: BomOption = True,
) -> None:
    """Compare the model's stances with the labels that people gave.

    All scores are those of the positions from which the sample was drawn, with 95 % intervals. Any table with a column
    predicted will do, such as an output of janib predict to which people added a column.
    """
    from janib.articles.checking.agreement import measure_agreement
    from janib.articles.checking.readings import check_labels_file, read_sheets, write_labels
    from janib.inference.rows import refuse_same

    if output is not None:
        check_labels_file(output)
        for sheet in sheets:
            refuse_same(str(sheet), output)
    rows = read_sheets(sheets, column)
    found = measure_agreement(rows)
    if output is not None:
        n_written = write_labels(rows, output, bom=bom)
    _show_counts(found)
    _show_scores(found)
    _show_confusion(found)
    for (first, second), (kappa, n_both) in found.readers.items():
        open_console().print(
            f"kappa of {isolate(first)} and {isolate(second)}: {kappa.value:.2f} "
            f"({kappa.low:.2f} to {kappa.high:.2f}), {n_both:,} positions",
            soft_wrap=True,
        )
    if output is not None:
        open_console().print(f"{n_written:,} labels written to {output}", soft_wrap=True)


def _show_counts(found: Agreement) -> None:
    console = open_console(stderr=True)
    articles = f" of {found.n_articles:,} articles" if found.n_articles > 1 else ""
    positions, have = ("position", "has") if found.n_read == 1 else ("positions", "have")
    open_console().print(f"{found.n_read:,} {positions}{articles} {have} a label")
    if found.n_unread:
        console.print(f"{found.n_unread:,} without a label yet, taken to be like the others of their stance")
    if found.n_disputed:
        console.print(f"{found.n_disputed:,} left out: as many readers are for one label as for another")
    for (stance, is_shown), size in found.unread_strata.items():
        kind = f"{stance} {'shown' if is_shown else 'undecided'}"
        console.print(f"of {size:,} positions ({kind}) none is read: the scores do not count them", soft_wrap=True)


def _show_scores(found: Agreement) -> None:
    table = Table("score", "estimate", "95 % interval")
    for name, estimate in found.scores.items():
        if estimate is None:
            table.add_row(name, "-", "no such position was read")
        else:
            table.add_row(name, f"{estimate.value:.2f}", f"{estimate.low:.2f} to {estimate.high:.2f}")
    open_console().print(table)


def _show_confusion(found: Agreement) -> None:
    table = Table("read as", *(f"model: {label}" for label in STANCE_LABELS))
    for label, counts, shares in zip(STANCE_LABELS, found.counts, found.shares, strict=True):
        table.add_row(label, *(f"{count:,} ({share:.1%})" for count, share in zip(counts, shares, strict=True)))
    console = open_console()
    console.print(table)
    console.print("positions read (in brackets: estimated share of all positions)")
