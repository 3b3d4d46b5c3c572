"""One small file a fault: what clients see of it, and what the world holds afterwards."""
