"""The files of an analysed article: tables and a page."""
