"""One module for each corpus as its authors publish it."""
