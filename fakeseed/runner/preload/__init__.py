"""What is loaded into a program that is not ours: its pauses move its world's clock, and its clocks tell world time.

The standard library alone, and nothing of fakeseed: the program's interpreter need not have it. The same code serves
``fakeseed.virtual_time`` inside a test's process.
"""
