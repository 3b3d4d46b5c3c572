"""Waiting for assets and using them."""
