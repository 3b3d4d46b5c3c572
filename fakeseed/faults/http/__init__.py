"""Faults of the HTTP answer around PiAPI's own: errors of edge and upstream, time, broken bodies."""
