"""Tables: cells become runs, runs become lines, and lines become what a reader sees."""
