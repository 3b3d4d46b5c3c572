"""A judgement, for people and for programs."""
