"""The former name of :mod:`janib.io.text_tables`."""

from janib.io.text_tables import Record

__all__ = ["Record"]
