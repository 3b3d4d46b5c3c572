"""Virtual time inside this process: what a client under test waits for costs nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from fakeseed.errors import UsageError
from fakeseed.runner.preload.channel import ChannelError
from fakeseed.runner.preload.virtual_time import VirtualTime


@contextmanager
def virtual_time(base_url: str, key: str) -> Iterator[None]:
    """Let this thread, and those that it starts, wait in the time of a world whose clock stands.

    ``time.sleep``, ``asyncio.sleep``, waits with a timeout and the like move the world's clock instead of lasting, and
    ``time`` and ``datetime`` tell its time. Other threads go on in real time. Raises UsageError for a URL at which no
    emulator answers over plain HTTP.
    """
    parts = urlsplit(base_url)
    if parts.scheme != "http" or not parts.hostname or not parts.port:
        raise UsageError(f"{base_url!r} is no emulator's address", "give http://host:port, without TLS")
    try:
        begun = VirtualTime(parts.hostname, parts.port, key, everyone=False)
    except ChannelError as error:
        raise UsageError(f"virtual time cannot begin at {base_url}: {error}", "start an emulator there") from None
    try:
        yield
    finally:
        begun.end()
