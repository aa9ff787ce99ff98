"""Keeping what was learned and proven: backup, retention, and the removal of one person's words."""
