"""Trained models combined."""
