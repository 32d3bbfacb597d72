"""The command line: ``janib`` and its commands."""

from __future__ import annotations

from typing import Annotated

import typer

import janib
from janib.cli.analyse import analyse_sources
from janib.cli.check import agree, sample
from janib.cli.compare import compare
from janib.cli.convert import convert
from janib.cli.data import data_commands
from janib.cli.encoder import encoder_commands
from janib.cli.export import export
from janib.cli.local_app import open_app
from janib.cli.parties import parties_commands
from janib.cli.predict import explain, predict
from janib.cli.ui import ui
from janib.errors import report_errors

commands = typer.Typer(
    help="Which side does an Arabic statement take?\n\n"
    "janib predict FILE.csv labels the column text towards the party in the column target. janib analyse ARTICLE.txt "
    "-o FOLDER finds who positions whom, and writes a page. janib COMMAND --help explains each flag.",
    no_args_is_help=True,
    rich_markup_mode="markdown",  # paragraphs are filled, and brackets are shown
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"janib {janib.__version__}")
        raise typer.Exit


@commands.callback()
def _take_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


commands.command("predict")(predict)
commands.command("explain")(explain)
commands.command("analyse")(analyse_sources)
commands.command("convert")(convert)
commands.command("sample")(sample)
commands.command("agree")(agree)
commands.command("compare")(compare)
commands.command("app")(open_app)
commands.command("export")(export)
commands.command("ui")(ui)
commands.add_typer(parties_commands, name="parties")
commands.add_typer(data_commands, name="data")
commands.add_typer(encoder_commands, name="encoder")


def main() -> None:
    """Run the command line; an error that the user can mend is one message and exit status 2."""
    with report_errors():
        commands()
