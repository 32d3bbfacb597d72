"""One run of an experiment, from its config to its result."""
