"""Who waits for something to happen in a world, and how they are told."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Listener:
    """One who waits. ``ended`` says why there is nothing to wait for any more: its world is gone."""

    def __init__(self) -> None:
        self._heard = asyncio.Event()
        self.ended = ""

    def forget(self) -> None:
        """Forget what was heard. To be done before looking, so that nothing that comes meanwhile is lost."""
        self._heard.clear()

    def tell(self) -> None:
        """Something has happened."""
        self._heard.set()

    async def hear(self, seconds: float | None) -> None:
        """Return when something has happened since ``forget``, or when so many seconds are over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._heard.wait()


class Listeners:
    """All who wait, by the key of their world."""

    def __init__(self) -> None:
        self._by_key: dict[str, set[Listener]] = {}

    @contextmanager
    def listening(self, key: str) -> Iterator[Listener]:
        """Listen for as long as the context lasts."""
        listener = Listener()
        self._by_key.setdefault(key, set()).add(listener)
        try:
            yield listener
        finally:
            together = self._by_key[key]
            together.discard(listener)
            if not together:
                del self._by_key[key]

    def tell(self, key: str) -> None:
        """Something may have happened in this key's world."""
        for listener in self._by_key.get(key, ()):
            listener.tell()

    def end(self, key: str, why: str) -> None:
        """This key's world is gone."""
        for listener in self._by_key.get(key, ()):
            listener.ended = why
            listener.tell()

    def __len__(self) -> int:
        return sum(map(len, self._by_key.values()))
