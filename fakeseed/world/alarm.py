"""Waking worlds when something falls due in them."""

import asyncio
import heapq
from collections.abc import Callable


class Alarm:
    """Wakes worlds when something falls due in them, with one timer for all."""

    def __init__(self, wake: Callable[[str], None]) -> None:
        self._wake = wake
        self._due: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = 0

    def set(self, key: str, at: int, system: int) -> None:
        """Wake a world at a system instant; of two the earlier holds."""
        scheduled = self._due.get(key)
        if scheduled is not None and scheduled <= at:
            return
        self._due[key] = at
        heapq.heappush(self._heap, (at, key))
        if self._timer is None or at < self._rings_at:
            self._arm(at, system)

    def _arm(self, at: int, system: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = at
        self._timer = asyncio.get_running_loop().call_later(max(at - system, 0) / 1e9, self._ring)

    def _ring(self) -> None:
        """Wake the world that is first; each wake sets its world's next alarm."""
        self._timer = None
        rung = self._rings_at
        while self._heap and self._heap[0][0] <= rung:
            at, key = heapq.heappop(self._heap)
            if self._due.get(key) == at:
                del self._due[key]
                self._wake(key)
        if self._heap:
            self._arm(self._heap[0][0], rung)

    def close(self) -> None:
        """Ring no more."""
        if self._timer is not None:
            self._timer.cancel()
