"""The former name of :mod:`janib.inference.rows`."""

from janib.inference.rows import Columns, fill_columns, label_chunks, list_columns

__all__ = ["Columns", "fill_columns", "label_chunks", "list_columns"]
