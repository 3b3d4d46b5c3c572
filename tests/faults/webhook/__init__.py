"""Faults of the group webhook."""
