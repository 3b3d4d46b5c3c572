"""Faults of the group semantics."""
