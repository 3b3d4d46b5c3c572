"""Trying what could go wrong for one client at each of its own requests, and in worlds that are short of something."""
