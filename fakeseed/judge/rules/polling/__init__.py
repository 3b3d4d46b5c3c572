"""Waiting for the end."""
