"""What can go wrong on purpose: one fault a file, armed in a world, counted by default."""
