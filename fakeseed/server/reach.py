"""How worlds reach outside: sources that are fetched, and raw references that are measured."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fakeseed.model.behaviours import implements
from fakeseed.model.inputs import CreateTask, TaskInput
from fakeseed.model.media import IngestFailure, MediaFacts, MediaKind
from fakeseed.model.references import is_http_url
from fakeseed.piapi.parse import BodyError, as_shape, read_body
from fakeseed.piapi.surface import Call
from fakeseed.piapi.wire import OUTPUT_PATH
from fakeseed.world.chance import tag_in
from fakeseed.world.tasks import Measured
from fakeseed.world.universe import Universe
from fakeseed.world.world import Fetch

if TYPE_CHECKING:
    from fakeseed.ingest import Ingestor

MAX_MEASURED_VIDEOS = 3


class Sources:
    """Takes in sources. A URL of a file that a client uploaded here is read without the network."""

    def __init__(self, ingestor: "Callable[[], Ingestor]") -> None:
        self._ingestor = ingestor
        self.universe: Universe | None = None

    async def take(self, effect: Fetch) -> MediaFacts | IngestFailure:
        """What a source holds, judged by the documented limits."""
        return await self._take(effect.url, effect.kind)

    async def _take(self, url: str, kind: MediaKind) -> MediaFacts | IngestFailure:
        own = await self._own_file(url)
        if own is not None:
            return await self._ingestor().examine(own, kind)
        return await self._ingestor().take(url, kind)

    async def _own_file(self, url: str) -> bytes | None:
        folder, _, name = urlsplit(url).path.rpartition("/")
        file_id = name.partition(".")[0]
        if folder != OUTPUT_PATH or self.universe is None:
            return None
        key = await self.universe.key_of_file(tag_in(file_id))
        if key is None:
            return None
        upload = await self.universe.run(key, lambda world: world.tables.uploads.get(file_id))
        return upload.data if upload else None

    @implements("money.input-video-seconds")
    async def measure(self, call: Call) -> Measured:
        """Lengths of raw reference videos and the size of the first raw picture of a create call.

        A reference that cannot be fetched is left out here; it fails the task after it has started.
        """
        try:
            body = read_body(call.body, CreateTask)
            asked = as_shape(body.input or {}, TaskInput)
        except BodyError:
            return Measured()
        lengths = {}
        for url in (asked.video_urls or [])[:MAX_MEASURED_VIDEOS]:
            found = await self._take(url, "Video") if is_http_url(url) else None
            if isinstance(found, MediaFacts) and found.seconds:
                lengths[url] = found.seconds
        return Measured(lengths, await self._picture(asked))

    async def _picture(self, asked: TaskInput) -> tuple[int, int] | None:
        first = next(iter(asked.image_urls or ()), "")
        found = await self._take(first, "Image") if is_http_url(first) else None
        if isinstance(found, MediaFacts) and found.width and found.height:
            return found.width, found.height
        return None
