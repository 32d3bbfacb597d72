"""What is written of an analysed article: tables, a page."""
