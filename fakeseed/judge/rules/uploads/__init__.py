"""Uploading sources."""
