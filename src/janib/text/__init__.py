"""Text cleaning, as functions of a string that :mod:`janib.text.cleaning` lists by name; words and their spelling."""
