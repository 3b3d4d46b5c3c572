"""Servers as processes of their own."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Started(NamedTuple):
    """A server process and where it listens."""

    url: str
    process: subprocess.Popen[str]


@contextmanager
def started(*words: str) -> Iterator[Started]:
    """``fakeseed serve`` on a free port for as long as the context lasts."""
    command = [sys.executable, "-m", "fakeseed", "serve", "--port", "0", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            match = re.search(r"http://\S+", line)
            assert match, f"the server did not start: {line}"
            yield Started(match[0], process)
        finally:
            process.terminate()
            process.wait(20)
