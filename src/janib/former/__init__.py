"""Modules by the names that version 0.1 gave them, for models that it logged to MLflow."""
