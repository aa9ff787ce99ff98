"""Reading what organisations export: the only modules that open a source."""
