"""TF-IDF of words and characters, and linear classifiers of it."""
