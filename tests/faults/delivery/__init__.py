"""Faults of the group delivery."""
