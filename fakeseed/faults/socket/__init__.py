"""Faults of the connection itself. They need a real socket."""
