"""The command line. Each command's module is imported when that command is called."""

from fakeseed.cli.main import main

__all__ = ["main"]
