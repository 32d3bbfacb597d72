"""Linear models on counts of words and letters."""
