"""Controlled studies of trained models."""
