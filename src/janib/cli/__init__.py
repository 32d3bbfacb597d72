"""The command ``janib``."""

from janib.cli.commands import main

__all__ = ["main"]
