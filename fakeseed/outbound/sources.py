"""How worlds reach outside: sources that are fetched, and raw references that are measured."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fakeseed.model.behaviours import implements
from fakeseed.model.inputs import CreateTask, TaskInput
from fakeseed.model.media import LIMITS, RAW_LIMITS, IngestFailure, MediaFacts, MediaKind
from fakeseed.model.references import is_http_url
from fakeseed.model.routes import OUTPUT_PATH
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.parse import BodyError, as_shape, read_body
from fakeseed.world.engine import Engine
from fakeseed.world.rng import tag_in
from fakeseed.world.tasks_service import Measured
from fakeseed.world.world import Fetch

if TYPE_CHECKING:
    from fakeseed.media.ingest import Ingestor

MAX_MEASURED = 3
"""References of a kind that are measured; there may be no more of videos and of sounds."""


class Sources:
    """Takes in sources. A URL of a file that a client uploaded here is read without the network."""

    def __init__(self, ingestor: "Callable[[], Ingestor]") -> None:
        self._ingestor = ingestor
        self.engine: Engine | None = None

    async def take(self, effect: Fetch) -> MediaFacts | IngestFailure:
        """What a source holds, judged by the limits of an asset or of a raw reference."""
        return await self._take(effect.url, effect.kind, raw=effect.reference_index is not None)

    async def _take(self, url: str, kind: MediaKind, *, raw: bool) -> MediaFacts | IngestFailure:
        limits = RAW_LIMITS if raw else LIMITS
        own = await self._own_file(url)
        if own is not None:
            return await self._ingestor().examine(own, kind, limits)
        return await self._ingestor().take(url, kind, limits)

    async def _own_file(self, url: str) -> bytes | None:
        folder, _, name = urlsplit(url).path.rpartition("/")
        file_id = name.partition(".")[0]
        if folder != OUTPUT_PATH or self.engine is None:
            return None
        world_name = await self.engine.world_of_file(tag_in(file_id))
        if world_name is None:
            return None
        upload = await self.engine.run(world_name, lambda world: world.tables.uploads.get(file_id))
        return upload.data if upload else None

    @implements("money.input-video-seconds")
    async def measure(self, call: ApiRequest) -> Measured:
        """Lengths of raw videos and sounds, sizes of raw videos and of the first raw picture of a create call.

        A reference that cannot be fetched is left out here; it fails the task after it has started.
        """
        try:
            body = read_body(call.body, CreateTask)
            task_input = as_shape(body.input or {}, TaskInput)
        except BodyError:
            return Measured()
        measured = Measured({}, {})
        kinds: tuple[tuple[MediaKind, list[str] | None, int], ...] = (
            ("Video", task_input.video_urls, MAX_MEASURED),
            ("Audio", task_input.audio_urls, MAX_MEASURED),
            ("Image", task_input.image_urls, 1),
        )
        for kind, urls, most in kinds:
            for url in filter(is_http_url, (urls or [])[:most]):
                _keep(measured, url, await self._take(url, kind, raw=True))
        return measured


def _keep(measured: Measured, url: str, result: MediaFacts | IngestFailure) -> None:
    if isinstance(result, MediaFacts):
        if result.seconds:
            measured.seconds[url] = result.seconds
        if result.width and result.height:
            measured.sizes[url] = result.width, result.height
