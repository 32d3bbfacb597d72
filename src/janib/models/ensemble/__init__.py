"""Ensembles: trained models combined."""
