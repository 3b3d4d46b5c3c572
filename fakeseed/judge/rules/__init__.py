"""Rules of correct clients, one a file, by area."""
