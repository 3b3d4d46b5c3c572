"""What a create refers to."""
