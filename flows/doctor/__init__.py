"""`touchstone doctor`: is everything ready, and what waits for a person."""
