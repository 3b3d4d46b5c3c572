"""Faults of telling a task's end."""
