"""Faults of downloading a video."""
