"""Tests: proof that the machinery works."""
