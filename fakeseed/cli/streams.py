"""Standard streams as a command finds them: closed, of a narrow encoding, full."""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper


def prepare() -> None:
    """Open what is closed, and let characters that an encoding lacks degrade in place of ending the command."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - open as long as the process
        elif isinstance(stream, TextIOWrapper) and mode == "w":
            stream.reconfigure(errors="replace")


def flush() -> None:
    """Write what is buffered. Raises OSError where it cannot be written."""
    sys.stdout.flush()


def discard() -> None:
    """Let go of an output that cannot be written, so that the end of the process does not try again."""
    with suppress(OSError):
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, 1)
        os.close(devnull)
