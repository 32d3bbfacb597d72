"""Models behind one Protocol, and the folders they are saved in."""
