"""Samples of positions that people read, and how well the model agrees with them."""
