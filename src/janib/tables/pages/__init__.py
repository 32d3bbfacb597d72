"""Pages of a table: README, Markdown, LaTeX, pictures."""
