"""Whether a database server still answers, asked while somebody waits for it.

A server that hangs (stopped, or behind a network that swallows packets) fails no statement for a long time. A slow
statement is no sign of that. So a question that costs nothing is asked beside: unanswered, all connections are cut.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from fakeseed.world.clock import seconds_passed

EVERY_SECONDS = 0.25
"""Real seconds between questions, while somebody waits."""
WITHIN_SECONDS = 0.6
"""Real seconds within which an answer comes from a server that does not hang."""

Cut = Callable[[], None]


class Pulse:
    """Asks while at least one connection is in use; cuts those that are when there is no answer (``silent``)."""

    def __init__(self, ask: Callable[[], Awaitable[None]], cut_question: Cut) -> None:
        self._ask = ask
        self._cut_question = cut_question
        self._in_use: set[Cut] = set()
        self.silent = False
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def using(self, cut: Cut) -> Iterator[None]:
        """A connection is in use, which ``cut`` cuts."""
        self._in_use.add(cut)
        self.silent = False
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._watch())
        try:
            yield
        finally:
            self._in_use.discard(cut)

    async def _watch(self) -> None:
        while self._in_use:
            waiting = set(self._in_use)
            await asyncio.sleep(EVERY_SECONDS)
            if waiting & self._in_use and not await self._answers():
                self.silent = True
                for cut in list(self._in_use):
                    cut()

    async def _answers(self) -> bool:
        """Whether the server answers. A wait that this process itself was too busy to end in time says nothing."""
        question = asyncio.ensure_future(self._ask())
        question.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        late = True
        while late and not question.done():
            began = seconds_passed()
            await asyncio.wait({question}, timeout=WITHIN_SECONDS)
            late = seconds_passed() - began > 1.5 * WITHIN_SECONDS
        if question.done():
            return question.exception() is None
        self._cut_question()
        return False

    async def close(self) -> None:
        """Ask no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
