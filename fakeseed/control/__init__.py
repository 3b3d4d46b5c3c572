"""The control API under ``/_fakeseed/``: what a test or a person does to a world from outside."""
