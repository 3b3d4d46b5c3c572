"""Rendered stubs, kept while there is room and made once however many ask for them."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from fakeseed.media.render.spec import StubSpec
from fakeseed.media.render.stub import render


class RenderCache:
    """The least recently used stubs go first once the kept ones exceed `max_bytes`.

    One event loop at a time: the cache holds no lock, since it is touched only between awaits.
    """

    def __init__(self, max_bytes: int, *, renderer: Callable[[StubSpec], bytes] = render) -> None:
        self._max_bytes = max_bytes
        self._renderer = renderer
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._running: dict[str, asyncio.Task[bytes]] = {}

    @property
    def kept_bytes(self) -> int:
        """How many bytes of video are kept now; never more than `max_bytes`."""
        return self._kept_bytes

    async def get(self, key: str, spec: StubSpec) -> bytes:
        """Return the video of `spec`, rendering it in a thread unless `key` is kept or is being rendered already.

        A caller that is cancelled does not stop the render, as others may wait for it. A render that fails raises in
        each of its callers and is not remembered, so the next call tries again.
        """
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(asyncio.to_thread(self._renderer, spec))
            self._running[key] = task
            task.add_done_callback(lambda finished: self._finish(key, finished))
        return await asyncio.shield(task)

    def _finish(self, key: str, task: asyncio.Task[bytes]) -> None:
        self._running.pop(key, None)
        # Asking for the exception marks it as seen, for the case that every caller was cancelled meanwhile.
        if not task.cancelled() and task.exception() is None:
            self._keep(key, task.result())

    def _keep(self, key: str, video: bytes) -> None:
        if len(video) > self._max_bytes:
            return
        self._kept[key] = video
        self._kept_bytes += len(video)
        while self._kept_bytes > self._max_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest)
