"""Process, sockets, and the parts put together."""
