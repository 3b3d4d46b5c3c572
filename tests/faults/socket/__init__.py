"""Faults of the group socket."""
