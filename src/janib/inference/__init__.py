"""Trained models put to use: labels and explanations, for lists, streams and files."""
