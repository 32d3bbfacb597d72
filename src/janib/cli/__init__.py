"""The command ``janib``."""
