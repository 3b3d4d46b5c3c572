"""What assets, tasks, plans, prices, media limits and refusals are. Pure: no I/O, no clock, no chance."""
