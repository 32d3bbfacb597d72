"""Files: tables of every format, resumable output, pictures, Markdown."""
