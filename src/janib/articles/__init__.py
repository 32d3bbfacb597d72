"""Articles: their statements and speakers, the parties that they name, and who positions whom."""
