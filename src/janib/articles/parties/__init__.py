"""Which parties an article names, and where."""
