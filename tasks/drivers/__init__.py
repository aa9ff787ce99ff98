"""Drivers: which touchpoint ratings go with overall satisfaction, and which carry nothing of their own."""
