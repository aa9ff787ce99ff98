"""How well each touchpoint keeps its service standards."""
