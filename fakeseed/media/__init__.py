"""What media need: probing a source, making a stub video."""
