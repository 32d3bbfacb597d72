"""Pretrained encoders made here: one built from PyPI, any multilingual one cut to the pieces of some corpora."""
