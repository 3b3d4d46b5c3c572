"""Keeping the library and its limits."""
