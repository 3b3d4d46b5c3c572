"""Scenarios: files that set a world up, arm faults, let things happen at their times, and say what must be seen."""
