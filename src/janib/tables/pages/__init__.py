"""Pages of a table: README, Markdown, LaTeX and pictures."""
