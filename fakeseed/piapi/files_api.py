"""The files behind the URLs that answers contain: stub videos and uploads, until they expire."""

from email.utils import formatdate
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec
from starlette.types import Receive, Scope, Send

from fakeseed.model.behaviours import implements
from fakeseed.model.refusals import refuse
from fakeseed.model.routes import VendorRoute
from fakeseed.model.task import Task
from fakeseed.model.times import unix_seconds
from fakeseed.piapi.byte_ranges import ranged
from fakeseed.piapi.dispatch import ActiveFaults, ApiRequest, Dispatcher, Handled, journal_request, send_handled
from fakeseed.piapi.responses import Headers, Response, refusal_response, send_response
from fakeseed.world import uploads_service
from fakeseed.world.rng import tag_in
from fakeseed.world.world import World

if TYPE_CHECKING:
    from fakeseed.media.render import RenderCache, StubSpec

CONTENT_TYPES = {suffix: types[0] for suffix, types in uploads_service.CONTENT_TYPES.items()}
"""Suffix of a file -> its Content-Type: the same on every machine, which the standard library's table is not."""

FileSource = Task | tuple[bytes, str, int]
"""A task whose video is asked for, or an upload's bytes, suffix and instant of coming."""


class Files:
    """Serves ``/ephemeral/{name}``. No key is needed: whoever has the URL may download."""

    def __init__(self, dispatcher: Dispatcher, videos: "RenderCache") -> None:
        self._dispatcher = dispatcher
        self._videos = videos

    @implements("output.no-auth", "output.range", "upload.life")
    async def __call__(self, scope: Scope, receive: Receive, send: Send, route: VendorRoute) -> None:
        call = self._dispatcher.call(scope, route)
        file_id, _, suffix = call.params["name"].partition(".")
        engine = self._dispatcher.engine
        name = await engine.world_of_file(tag_in(file_id))
        if name is None:
            await send_response(send, refusal_response(refuse("path-unknown")))
            return
        source, faults = await engine.run(name, lambda world: self._look(world, call, file_id, suffix))
        changed = faults.before_request(call) if faults else call
        response = refusal_response(refuse("path-unknown")) if source is None else await self._file(source, changed)
        handled = await engine.run(name, lambda world: self._handle(world, call, response, faults))
        await send_handled(handled, scope, receive, send)

    def _look(
        self, world: World, call: ApiRequest, file_id: str, suffix: str
    ) -> tuple[FileSource | None, ActiveFaults | None]:
        return _find(world, file_id, suffix), self._dispatcher.match_faults(world, call)

    def _handle(self, world: World, call: ApiRequest, response: Response, faults: ActiveFaults | None) -> Handled:
        """The answer as it will leave. The journal keeps no video."""
        if faults is not None:
            response = faults.replace_response(world, call) or faults.transform_response(world, call, response)
        entry = journal_request(world, call, msgspec.structs.replace(response, body=b""), faults)
        return Handled(response, world.now, entry, faults)

    async def _file(self, source: FileSource, call: ApiRequest) -> Response:
        if isinstance(source, Task):
            body, kind, changed = await self.video(source), CONTENT_TYPES["mp4"], source.ended_at
        else:
            body, suffix, changed = source
            kind = CONTENT_TYPES[suffix]
        headers: Headers = (
            (b"content-type", kind.encode()),
            (b"etag", f'"{blake2b(body, digest_size=16).hexdigest()}"'.encode()),
            (b"last-modified", formatdate(unix_seconds(changed), usegmt=True).encode()),
            (b"accept-ranges", b"bytes"),
            (b"x-content-type-options", b"nosniff"),
        )
        headers_sent = dict(call.headers)
        if call.method == "HEAD":
            headers_sent.pop(b"range", None)  # defined for GET alone (RFC 9110, section 14.2)
        return ranged(body, headers, headers_sent)

    async def video(self, task: Task) -> bytes:
        """A completed task's stub video: made at the first call, off the event loop."""
        spec = stub_spec(task)
        return await self._videos.get(blake2b(msgspec.msgpack.encode(spec), digest_size=16).hexdigest(), spec)


@implements("output.life", "output.only-at-the-end")
def _find(world: World, file_id: str, suffix: str) -> FileSource | None:
    """What is behind a file's name at this instant."""
    task = world.tasks.by_output(file_id)
    if task is not None:
        alive = suffix == "mp4" and task.status == "completed" and world.now < task.output_until
        return task if alive else None
    upload = world.tables.uploads.get(file_id)
    if upload is None or upload.suffix != suffix:
        return None
    return upload.data, upload.suffix, upload.came_at


@implements("output.format")
def stub_spec(task: Task) -> "StubSpec":
    """All that a task's video shows."""
    from fakeseed.media.render import ReferenceTile, StubSpec

    return StubSpec(
        task_id=task.task_id,
        task_type=task.task_type,
        prompt=task.prompt,
        width=task.width,
        height=task.height,
        seconds=task.seconds,
        audio=task.audio,
        mode=task.mode,
        tiles=tuple(ReferenceTile(tile.label, tile.kind, tile.uri[:2000], tile.picture) for tile in task.references),
    )
