"""Fetching the video."""
