"""Being told."""
