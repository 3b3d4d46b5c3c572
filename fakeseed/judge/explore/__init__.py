"""Trying what could go wrong for one client, where that client is: faults at its own requests, and worlds that are short.

``trials`` says what to try after one clean run, ``search`` tries it, ``finding`` keeps what was found as a scenario.
"""
