"""Who says each statement of an article."""
