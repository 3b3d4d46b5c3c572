"""Answers that say no, and answers that do not come."""
