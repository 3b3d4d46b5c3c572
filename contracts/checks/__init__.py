"""The checks, one file an area; each names the behaviours that it holds."""
