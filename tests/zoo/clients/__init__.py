"""Correct clients as programs: one workflow, driven by libraries of different make."""
