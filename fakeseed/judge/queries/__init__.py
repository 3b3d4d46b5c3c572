"""Questions that rules ask of a journal."""
