"""The server's end, as answers that never end by themselves hear of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

ENDING = "fakeseed.ending"
"""Where a request's scope holds the server's ``ServerEnd``, if it has one."""


class ServerEnd:
    """Says once that the server ends, to whoever wants to be called then."""

    def __init__(self) -> None:
        self.begun = False
        self._calls: set[Callable[[], None]] = set()

    @contextmanager
    def calling(self, call: Callable[[], None]) -> Iterator[None]:
        """Call this at the server's end, for as long as the context lasts."""
        self._calls.add(call)
        try:
            yield
        finally:
            self._calls.discard(call)

    def begin(self) -> None:
        """The server ends."""
        self.begun = True
        for call in tuple(self._calls):
            call()
