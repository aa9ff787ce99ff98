"""The work: computing modules that are pure functions of tables, and edge modules that do IO."""
