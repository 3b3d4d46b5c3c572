"""The API key."""
