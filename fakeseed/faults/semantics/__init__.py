"""Faults of meaning: well-formed answers and lifecycles that are not what a client counts on."""
