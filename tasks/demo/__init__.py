"""Four quarters of an invented ferry operator with planted truths, and whether a run found them."""
