"""Pretrained encoders: where they are found, and e5_small_ar, which is built here from PyPI."""
