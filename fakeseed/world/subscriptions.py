"""Who waits for something to happen in a world, and how they are told."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Subscription:
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


class Subscriptions:
    """All who wait, by the name of their world."""

    def __init__(self) -> None:
        self._by_name: dict[str, set[Subscription]] = {}
        self._somebody = asyncio.Event()

    @contextmanager
    def listening(self, name: str) -> Iterator[Subscription]:
        """Listen for as long as the context lasts."""
        listener = Subscription()
        self._by_name.setdefault(name, set()).add(listener)
        self._somebody.set()
        try:
            yield listener
        finally:
            together = self._by_name[name]
            together.discard(listener)
            if not together:
                del self._by_name[name]
            if not self._by_name:
                self._somebody.clear()

    async def some(self) -> list[str]:
        """The names of worlds to which somebody listens, as soon as there are any."""
        await self._somebody.wait()
        return list(self._by_name)

    def tell(self, name: str) -> None:
        """Something may have happened in this world."""
        for listener in self._by_name.get(name, ()):
            listener.tell()

    def end(self, name: str, why: str) -> None:
        """This key's world is gone."""
        for listener in self._by_name.get(name, ()):
            listener.ended = why
            listener.tell()

    def __len__(self) -> int:
        return sum(map(len, self._by_name.values()))
