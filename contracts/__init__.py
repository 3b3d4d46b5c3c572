"""What is promised: the behaviour catalogue, and suites that hold any base URL to it. See README.md.

Nothing here knows the emulator's insides: checks speak to a base URL and, where it is there, to the control API.
"""
