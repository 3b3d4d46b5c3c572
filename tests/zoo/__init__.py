"""A zoo of clients: one that is correct, and for each rule of the judge one that breaks just that rule."""
