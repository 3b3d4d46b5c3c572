"""How much the bodies of all requests together may take up while they arrive and are worked on."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import Message, Receive

from fakeseed.errors import StateError

MAX_BUFFERED = 512 * 1024 * 1024
"""Bytes of all bodies at the same time, but for the oldest: a snapshot may be larger, and nothing else has to wait."""
SMALL = 64 * 1024
"""A body up to so many bytes is not counted; connections bound how many there are."""


class BodyBudget:
    """The bytes of bodies that are held, by the requests that hold them, oldest first."""

    def __init__(self, limit: int = MAX_BUFFERED) -> None:
        self._limit = limit
        self._held: dict[object, int] = {}

    @contextmanager
    def counting(self, receive: Receive) -> Iterator[Receive]:
        """A request's ``receive`` that counts for as long as the context lasts.

        It raises StateError, which is answered by 503, when others hold too much.
        """
        request, size = object(), 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > SMALL:
                self._hold(request, size)
            return message

        try:
            yield counted
        finally:
            self._held.pop(request, None)

    def _hold(self, request: object, size: int) -> None:
        self._held[request] = size
        if sum(self._held.values()) > self._limit and next(iter(self._held)) is not request:
            raise StateError(
                f"bodies of requests that are under way take up more than {self._limit >> 20} MB",
                "send it again when others are through",
            )
