"""From a URL to what the file behind it is, or to why it is not taken."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from fakeseed.media.ingest.addresses import AddressPolicy
from fakeseed.media.ingest.fetch import fetch
from fakeseed.media.ingest.outcome import Fetched
from fakeseed.media.ingest.probe import probe
from fakeseed.model.media import LIMITS, IngestFailure, MediaFacts, MediaKind, MediaLimits, failure, judge

# Decoding is the one thing here that costs processor time; the server keeps the rest.
PROBES_AT_ONCE = 2

Limits = dict[MediaKind, MediaLimits]
"""What a file may be, by kind."""


class Ingestor:
    """Takes in files: fetch, probe, judge. Owns the threads that probe; close it with `aclose`.

    `seconds` limits each download as a whole. `concurrency` limits the downloads at a time, and with them the files in
    memory, since a download gives its place free only when its file was judged.
    """

    def __init__(self, policy: AddressPolicy, *, seconds: float = 30.0, concurrency: int = 4) -> None:
        self._policy = policy
        self._seconds = seconds
        self._places = asyncio.Semaphore(concurrency)
        self._threads = ThreadPoolExecutor(PROBES_AT_ONCE, thread_name_prefix="fakeseed-probe")

    async def take(self, url: str, kind: MediaKind | None, limits: Limits = LIMITS) -> MediaFacts | IngestFailure:
        """Fetch the URL and hold what it serves against the limits of the kind asked for, or else of the kind found."""
        max_bytes = limits[kind].max_bytes if kind else max(limit.max_bytes for limit in limits.values())
        async with self._places:
            fetched = await fetch(url, policy=self._policy, max_bytes=max_bytes, seconds=self._seconds)
            if isinstance(fetched, IngestFailure):
                return fetched
            return await self._examined(fetched, kind, limits)

    async def examine(self, body: bytes, kind: MediaKind | None, limits: Limits = LIMITS) -> MediaFacts | IngestFailure:
        """Hold a file that is here already against the same limits."""
        return await self._examined(Fetched(body, None, ""), kind, limits)

    async def probe(self, body: bytes) -> MediaFacts | IngestFailure:
        """What a file that is here already holds, whatever the limits say."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _probed, body)

    async def _examined(self, fetched: Fetched, kind: MediaKind | None, limits: Limits) -> MediaFacts | IngestFailure:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _examine, fetched, kind, limits)

    async def aclose(self) -> None:
        """Wait for the probes under way, and drop those that wait."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)


def _probed(body: bytes) -> MediaFacts | IngestFailure:
    try:
        return probe(body, None, None)
    except Exception:  # what cannot be read is not known
        return failure("InternalError")


def _examine(fetched: Fetched, kind: MediaKind | None, limits: Limits) -> MediaFacts | IngestFailure:
    try:
        facts = probe(fetched.body, kind, fetched.content_type)
        if isinstance(facts, IngestFailure):
            return facts
        return judge(kind or facts.kind, facts, limits) or facts
    except Exception:  # an asset must end in a state; a mistake of ours ends it as the backend's mistakes do
        return failure("InternalError")
