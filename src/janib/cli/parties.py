"""The commands ``janib parties``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from janib.cli.console import isolate, make_table, open_console
from janib.errors import ConfigError, suggest

parties_commands = typer.Typer(
    help="Parties that an article may name: the shipped list and your own.", no_args_is_help=True
)

OwnOption = Annotated[
    Path | None,
    typer.Option("--parties", help="CSV or JSON-lines file of your own parties; they precede those that ship."),
]


@parties_commands.command("list")
def list_parties(
    kind: Annotated[str | None, typer.Option(help="Only parties of this kind: state, company, outlet, …")] = None,
    own: OwnOption = None,
) -> None:
    """List the parties by id, all or those of a kind."""
    from janib.articles.parties.gazetteer import Gazetteer
    from janib.articles.parties.party import PARTY_KINDS

    if kind is not None and kind not in PARTY_KINDS:
        hint = suggest(kind, PARTY_KINDS) or "."
        raise ConfigError(f"kind {kind!r} is unknown{hint} Expected one of: {', '.join(PARTY_KINDS)}")
    table = make_table("id", "kind", "name", "English")
    found = [party for party in Gazetteer.load(own).parties.values() if kind in (None, party.kind)]
    for party in sorted(found, key=lambda party: party.id):
        table.add_row(party.id, party.kind, isolate(party.ar), party.en)
    console = open_console()
    console.print(table)
    console.print(f"{len(found):,} parties")


@parties_commands.command("show")
def show_party(
    party: Annotated[str, typer.Argument(help="Id of the party, as world_bank.")], own: OwnOption = None
) -> None:
    """Show all that is known of a party: its names, demonyms, cities, office."""
    from janib.articles.parties.entries import PARTY_FIELDS
    from janib.articles.parties.gazetteer import Gazetteer
    from janib.articles.parties.lookup import find_by_id

    gazetteer = Gazetteer.load(own)
    entry = find_by_id(gazetteer, party)
    if entry is None:
        hint = suggest(party, gazetteer.parties) or "; look for it with: janib parties find NAME"
        raise ConfigError(f"no party has the id {party!r}{hint}")
    console = open_console()
    for name in PARTY_FIELDS:
        value = getattr(entry, name)
        written = (value,) if isinstance(value, str) else value
        if any(written):
            shown = (text if text.isascii() else isolate(text) for text in written)
            console.print(f"{name}: {', '.join(shown)}", soft_wrap=True)


@parties_commands.command("find")
def find_parties(
    name: Annotated[list[str], typer.Argument(help="A name as an article writes it: والفرنسيين, الرئيس التركي.")],
    own: OwnOption = None,
) -> None:
    """Find the party that a name means, and by what: a name, a demonym, an office, a city.

    The name may have any spelling and clitics. If no party has it, near names are suggested.
    """
    from janib.articles.parties.gazetteer import Gazetteer
    from janib.articles.parties.lookup import find_by_name, find_inside, list_near

    gazetteer, text = Gazetteer.load(own), " ".join(name)
    found = find_by_name(gazetteer, text) or find_inside(gazetteer, text)
    if not found:
        near = "، ".join(f"{isolate(written)} ({party})" for written, party in list_near(gazetteer, text))
        hint = f"; near it are {near}" if near else ""
        raise ConfigError(f"no party is known by the name {isolate(text)}{hint}. Add it to a file for --parties")
    table = make_table("id", "kind", "name", "by")
    for one in found:
        about = (one.party.id, one.party.kind, isolate(one.party.ar)) if one.party else ("-", "-", "-")
        table.add_row(*about, isolate(one.by))
    open_console().print(table)
