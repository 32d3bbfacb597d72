"""The files that are made of an analysis's positions for other programs: tables and networks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from janib.articles.report.flat import (
    EDGE_COLUMNS,
    POSITION_COLUMNS,
    date_cells,
    list_edge_rows,
    list_position_rows,
)
from janib.articles.report.network import import_networkx, make_network, write_gexf, write_graphml
from janib.articles.report.stored import stream_positions
from janib.errors import ConfigError, suggest
from janib.io.text_tables import write_records
from janib.io.workbook import import_openpyxl, write_workbook

TABLE_FILE = "positions.csv"

ALSO: Mapping[str, str] = {
    "excel": "positions.xlsx",
    "graphml": "network.graphml",
    "gexf": "network.gexf",
    "edges": "edges.csv",
}
"""The file of each further format that a user may ask for."""


def check_exports(also: Collection[str]) -> None:
    """Refuse formats that cannot be written, before any work is done.

    Raises
    ------
    ConfigError
        If a format is unknown.
    MissingExtraError
        If its packages are not installed.
    """
    for name in also:
        if name not in ALSO:
            hint = suggest(name, ALSO) or "."
            raise ConfigError(f"the format {name!r} is unknown{hint} Expected some of: {', '.join(ALSO)}")
    if "excel" in also:
        import_openpyxl()
    if "graphml" in also or "gexf" in also:
        import_networkx()


def write_exports(positions: Path, folder: Path, also: Collection[str] = (), *, bom: bool = True) -> None:
    """Write ``positions.csv``, and the further files asked for, beside each other.

    Parameters
    ----------
    positions
        A ``positions.jsonl``; it is read once for each file, row by row.
    folder
        Where to write.
    also
        Names of :data:`ALSO`.
    bom
        Whether CSV files begin with a byte-order mark, without which Excel shows Arabic wrong.

    Raises
    ------
    DataError
        If a line of ``positions`` is no position, or there are more than a workbook holds.
    ConfigError, MissingExtraError
        As :func:`check_exports`.
    """
    check_exports(also)
    with write_records(folder / TABLE_FILE, POSITION_COLUMNS, bom=bom) as table:
        for row in list_position_rows(stream_positions(positions)):
            table.write(row)
    if "excel" in also:
        with write_workbook(folder / ALSO["excel"], POSITION_COLUMNS, wrapped={"sentence": 80}) as workbook:
            for row in date_cells(list_position_rows(stream_positions(positions))):
                workbook.write(row)
    if "edges" in also:
        with write_records(folder / ALSO["edges"], EDGE_COLUMNS, bom=bom) as edges:
            for row in list_edge_rows(stream_positions(positions)):
                edges.write(row)
    if "graphml" in also or "gexf" in also:
        network = make_network(stream_positions(positions))
        if "graphml" in also:
            write_graphml(network, folder / ALSO["graphml"])
        if "gexf" in also:
            write_gexf(network, folder / ALSO["gexf"])
