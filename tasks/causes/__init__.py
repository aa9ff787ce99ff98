"""Root causes: what customers complain about, found, named and tracked from quarter to quarter."""
