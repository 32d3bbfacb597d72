"""Tables of runs: execution, results, statistics and pages."""
