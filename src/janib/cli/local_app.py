"""The command ``janib app``."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from typing import Annotated

import typer

from janib.cli.console import open_console
from janib.cli.options import ModelOption


def open_app(
    *,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port on this machine; 0 for a free one.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")] = True,
    model: ModelOption = None,
    parties: Annotated[
        Path | None, typer.Option(help="CSV or JSON-lines file of your own parties (docs/parties.md).")
    ] = None,
) -> None:
    """Open a page to paste a text into, and see who positions whom.

    The page is on this machine alone: it listens at 127.0.0.1, asks for no account, and keeps nothing. Ctrl-C ends it.
    """
    import webbrowser

    from janib.app.application import Application
    from janib.app.server import PageServer
    from janib.articles.analysis import Analyser

    analyser = Analyser(model, parties)
    with PageServer(port, lambda origins: Application(origins, analyser)) as server:
        open_console().print(f"Janib is at {server.address} (Ctrl-C ends it)", soft_wrap=True)
        if browser:  # beside the server: a browser of the terminal returns when it is closed
            Thread(target=webbrowser.open, args=(server.address,), daemon=True).start()
        server.serve_forever()
