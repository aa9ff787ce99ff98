"""What valid means: a Great Expectations suite for each canonical table, and the gate's rules."""
