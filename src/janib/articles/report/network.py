"""The network of who takes which side, as GraphML and GEXF; everything here needs networkx, the extra ``network``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from janib.articles.report.flat import list_sides
from janib.articles.report.stored import StoredPosition
from janib.errors import need_extra
from janib.io.files import write_file
from janib.io.xml_text import replace_unwritable
from janib.labels import Stance


def make_network(positions: Iterable[StoredPosition]) -> Any:
    """Return a directed graph with an edge from each speaker to each party that it took a side on.

    A node is a party or speaker by id. It has a ``label``, its Arabic name, and counts of the sides that it ``took``
    and ``received``. An edge has the counts ``favor`` and ``against``, their sum as ``weight``, ``net`` from -1 to 1,
    the ``sign`` of net (-1, 0 or 1), and the ``first_date`` and ``last_date``, empty if no article has a date.

    Raises
    ------
    MissingExtraError
        If networkx is not installed.
    """
    graph = import_networkx().DiGraph()
    counts: dict[tuple[str, str], Counter[str]] = {}
    dates: dict[tuple[str, str], set[str]] = {}
    names: dict[str, str] = {}
    for one, speaker in list_sides(positions):
        pair = replace_unwritable(speaker.party_id), replace_unwritable(one.party_id)
        names |= {pair[0]: speaker.party, pair[1]: one.party}
        counts.setdefault(pair, Counter())[str(one.stance)] += 1
        dates.setdefault(pair, set()).update(filter(None, [one.date]))
    for node, name in names.items():
        graph.add_node(node, label=replace_unwritable(name), took=0, received=0)
    for pair, found in counts.items():
        favor, against = found[Stance.FAVOR], found[Stance.AGAINST]
        days = sorted(dates[pair])
        graph.add_edge(
            *pair,
            weight=favor + against,
            net=round((favor - against) / (favor + against), 4),
            sign=(favor > against) - (favor < against),
            favor=favor,
            against=against,
            first_date=days[0] if days else "",
            last_date=days[-1] if days else "",
            days=days,
        )
        graph.nodes[pair[0]]["took"] += favor + against
        graph.nodes[pair[1]]["received"] += favor + against
    return graph


def write_graphml(graph: Any, path: Path) -> None:
    """Write the network as GraphML."""
    plain = graph.copy()
    for *_, edge in plain.edges(data=True):
        del edge["days"]
    with write_file(path) as partial:
        import_networkx().write_graphml_xml(plain, partial)


def write_gexf(graph: Any, path: Path) -> None:
    """Write the network as GEXF, in which an edge lasts for the days of its positions, for Gephi's timeline."""
    import_networkx()
    from networkx.readwrite.gexf import GEXFWriter

    dynamic = graph.copy()
    for *_, edge in dynamic.edges(data=True):
        if days := edge.pop("days"):
            dynamic.graph["mode"] = "dynamic"
            edge["spells"] = [(day, day) for day in days]
    writer = GEXFWriter(dynamic, version="1.2draft")
    writer.xml.find("meta").attrib.pop("lastmodifieddate")  # the same positions give the same file on another day
    with write_file(path) as partial, partial.open("wb") as stream:
        writer.write(stream)


def import_networkx() -> Any:
    """Return ``networkx``.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    with need_extra("a network (.graphml, .gexf)", "network"):
        import networkx
    return networkx
