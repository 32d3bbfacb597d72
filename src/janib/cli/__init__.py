"""The command ``janib``."""

from janib.cli.app import main

__all__ = ["main"]
