"""How worlds reach outside: sources that are fetched, and raw references that are measured."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from fakeseed.model.behaviours import implements
from fakeseed.model.inputs import CreateTask, EphemeralUpload, TaskInput
from fakeseed.model.media import LIMITS, RAW_LIMITS, IngestFailure, MediaFacts, MediaKind, judge
from fakeseed.model.references import is_http_url
from fakeseed.model.task_types import TASK_TYPES
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.parse import BodyError, as_shape, read_body
from fakeseed.world.engine import Engine
from fakeseed.world.own_files import file_id_in, own_facts
from fakeseed.world.rng import tag_in
from fakeseed.world.tasks_service import Measured
from fakeseed.world.uploads_service import MAX_BYTES, decoded, parts
from fakeseed.world.world import Fetch, World

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
        own = await self._own(url)
        if isinstance(own, MediaFacts):
            return judge(kind, own, limits) or own
        if own is not None:
            return await self._ingestor().examine(own, kind, limits)
        return await self._ingestor().take(url, kind, limits)

    async def _own(self, url: str) -> bytes | MediaFacts | None:
        """An uploaded file's bytes, or what is known of a task's video; None where this emulator has no such file."""
        file_id = file_id_in(url)
        world_name = await self.engine.world_of_file(tag_in(file_id)) if file_id and self.engine else None
        if world_name is None or self.engine is None:
            return None

        def look(world: World) -> bytes | MediaFacts | None:
            upload = world.tables.uploads.get(file_id)
            return upload.data if upload else own_facts(world, url)

        return await self.engine.run(world_name, look)

    async def probe(self, call: ApiRequest) -> MediaFacts | None:
        """What the file in an upload holds; None where nobody can read it."""
        try:
            _, encoded = parts(read_body(call.body, EphemeralUpload).file_data or "")
        except BodyError:
            return None
        data = decoded(encoded)
        facts = await self._ingestor().probe(data) if data and len(data) <= MAX_BYTES else None
        return facts if isinstance(facts, MediaFacts) else None

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
            ("Video", _videos(body, task_input), MAX_MEASURED),
            ("Audio", task_input.audio_urls, MAX_MEASURED),
            ("Image", task_input.image_urls, 1),
        )
        for kind, urls, most in kinds:
            for url in filter(is_http_url, (urls or [])[:most]):
                _keep(measured, url, await self._take(url, kind, raw=True))
        return measured


def _videos(body: CreateTask, task_input: TaskInput) -> list[str]:
    row = TASK_TYPES.get(body.task_type or "")
    tool = row is not None and not row.generates
    return [task_input.video_url] if tool and task_input.video_url else task_input.video_urls or []


def _keep(measured: Measured, url: str, result: MediaFacts | IngestFailure) -> None:
    if isinstance(result, MediaFacts):
        if result.seconds:
            measured.seconds[url] = result.seconds
        if result.width and result.height:
            measured.sizes[url] = result.width, result.height
