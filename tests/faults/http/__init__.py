"""Faults of the group http."""
