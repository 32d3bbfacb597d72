"""Metrics, their uncertainty, and the ledger of test scorings."""
