"""The parties that an article names, and the places where it does."""
