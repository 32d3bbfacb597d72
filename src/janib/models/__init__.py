"""Models with one interface, and the folders in which they are saved."""
