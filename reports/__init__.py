"""Everything people look at, rendered from one `CycleSummary` to bytes: no IO, no clock, no network."""
