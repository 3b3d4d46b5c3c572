"""The way of a request: read it, let its key in, do one unit of work, write it down, answer.

scope, body  ->  ApiRequest  ->  key  ->  world  ->  handler: parse, decide, commit  ->  Response  ->  journal  ->  wire

A request that meets armed faults takes the same way with its ActiveFaults beside it.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from fakeseed.model.behaviours import implements
from fakeseed.model.hosts import FILE_HOST, VENDOR_HOSTS
from fakeseed.model.refusals import Refusal, refuse
from fakeseed.model.routes import VendorRoute
from fakeseed.piapi.responses import Response, refusal_response, send_response
from fakeseed.world.engine import Engine
from fakeseed.world.event_handlers import poll
from fakeseed.world.journal import (
    KEY_HEADER,
    NEXT_STEP_HEADERS,
    RequestEntry,
    may_contain_secret,
    without_credentials,
    without_secrets,
    without_url_secrets,
)
from fakeseed.world.journal import MAX_BODY as MAX_KEPT
from fakeseed.world.world import World

ENTRY = "fakeseed.journal_entry"
"""Where a request's scope holds what the journal has of it."""
MAX_BODY = 64 * 1024 * 1024
"""Bytes of a request that are read; behaviour ``wire.body-limit``."""

NOTE = b"x-fakeseed-note"
"""Header with which the emulator tells whoever sends a request something that the vendor would not."""
_KEY = KEY_HEADER.encode()
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?", re.ASCII)


class ApiRequest(msgspec.Struct):
    """One request, as handlers see it.

    ``route`` is its row of the table of routes, None where it has none; ``from_browser``: a page
    of some origin sends it.
    ``base_url`` is where the client reaches files; ``may_contain_secret`` is False where the body is known to hold
    nothing that the journal has to blot out.
    """

    method: str
    path: str
    query: str
    params: Mapping[str, str]
    headers: list[tuple[bytes, bytes]]
    key: str
    base_url: str
    route: VendorRoute | None = None
    from_browser: bool = False
    body: bytes = b""
    may_contain_secret: bool = False
    prepared: object = None

    @implements("wire.duplicate-query")
    def query_value(self, name: str) -> str | None:
        """The first value of a query key."""
        if not self.query:
            return None
        try:
            pairs = parse_qsl(self.query, keep_blank_values=True, max_num_fields=100)
        except ValueError:
            return None
        return next((value for key, value in pairs if key == name), None)


Handler = Callable[[World, ApiRequest], Response]
Prepare = Callable[[ApiRequest], Awaitable[object]]


class ActiveFaults(Protocol):
    """The armed faults that fire for one request; ``fakeseed.faults`` has them."""

    @property
    def names(self) -> tuple[str, ...]: ...
    def before_request(self, call: ApiRequest) -> ApiRequest: ...
    def replace_response(self, world: World, call: ApiRequest) -> Response | None: ...
    def transform_response(self, world: World, call: ApiRequest, response: Response) -> Response: ...
    async def send(self, handled: "Handled", scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, or what the faults make of it."""


MatchFaults = Callable[[World, ApiRequest], ActiveFaults | None]
"""Finds the faults that a request meets, and counts it."""


class Handled(msgspec.Struct, frozen=True):
    """What a unit of work gave for one request: the answer, the world's instant, what the journal has of it, and what
    goes wrong with it.
    """

    answer: Response
    now: int
    entry: RequestEntry
    faults: ActiveFaults | None = None


class Dispatcher:
    """What all endpoints share."""

    def __init__(self, engine: Engine, match_faults: MatchFaults) -> None:
        self.engine = engine
        self._match_faults = match_faults
        self._public_url = (engine.settings.public_url or "").rstrip("/")

    @implements("auth.before-body")
    async def serve(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        route: VendorRoute,
        handler: Handler,
        prepare: Prepare | None = None,
    ) -> None:
        """Answer one request with a handler that needs a world."""
        call = self.call(scope, route)
        refusal = self.refuse_key(call.key)
        if refusal is None:
            refusal = await self._read(call, receive)
        if refusal is not None:
            await send_response(send, refusal_response(refusal))
            return
        if prepare is not None:
            call.prepared = await prepare(call)
        handled = await self.engine.run(self.engine.enter(call.key), lambda world: self.handle(world, call, handler))
        await send_handled(handled, scope, receive, send)

    def handle(self, world: World, call: ApiRequest, handler: Handler) -> Handled:
        """Let a handler answer, with what goes wrong on purpose, and write it into the world's journal."""
        faults = self.match_faults(world, call)
        if faults is None:
            response = handler(world, call)
        else:
            response = faults.replace_response(world, call) or faults.transform_response(
                world, call, handler(world, faults.before_request(call))
            )
        note = self.engine.keys.note(call.key)
        if note:
            world.notes += (note,)
        entry = journal_request(world, call, response, faults)
        if note:
            response = msgspec.structs.replace(
                response, headers=(*response.headers, (NOTE, note.encode("ascii", "replace")))
            )
        return Handled(response, world.now, entry, faults)

    def match_faults(self, world: World, call: ApiRequest) -> ActiveFaults | None:
        """The faults that a request meets."""
        return self._match_faults(world, call) if world.account.faults else None

    @implements("wire.url-follows-host")
    def call(self, scope: Scope, route: VendorRoute | None = None) -> ApiRequest:
        """The request as far as it is known before its body."""
        key = host = b""
        from_browser = False
        headers = scope["headers"]
        for name, value in headers:
            if name == _KEY:
                key = key or value
            elif name == b"host":
                host = value
            elif name == b"origin":
                from_browser = True
        return ApiRequest(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            params=scope.get("path_params", {}),
            headers=headers,
            key=key.decode("latin-1").strip(),
            base_url=self._public_url or self._base_url(scope, host.decode("latin-1")),
            route=route,
            from_browser=from_browser,
        )

    def _base_url(self, scope: Scope, host: str) -> str:
        if host.partition(":")[0].lower() in VENDOR_HOSTS:
            return f"https://{FILE_HOST}"
        if not _HOST.fullmatch(host):
            name, port = scope.get("server") or ("localhost", None)
            host = f"{name}:{port}" if port else name
        return f"{scope['scheme']}://{host}"

    @implements("auth.header")
    def refuse_key(self, key: str) -> Refusal | None:
        """Why this key is not let in, if it is not."""
        if not key:
            return refuse("key-missing")
        return None if self.engine.keys.admits(key) else refuse("key-invalid")

    async def _read(self, call: ApiRequest, receive: Receive) -> Refusal | None:
        """Read the body up to the limit."""
        chunks, total = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunk = message.get("body", b"")
            total += len(chunk)
            if total > MAX_BODY:
                return refuse("body-too-large", limit=MAX_BODY)
            chunks.append(chunk)
            if not message.get("more_body"):
                break
        call.body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        call.may_contain_secret = may_contain_secret(call.body)
        return None


async def send_handled(handled: Handled, scope: Scope, receive: Receive, send: Send) -> None:
    """Send an answer, or what the faults that it met make of it. The journal's entry is left in the scope, for logs."""
    scope[ENTRY] = handled.entry
    if handled.faults is None:
        await send_response(send, handled.answer, handled.now)
    else:
        await handled.faults.send(handled, scope, receive, send)


def journal_request(
    world: World, call: ApiRequest, response: Response, faults: ActiveFaults | None = None
) -> RequestEntry:
    """Write a request and its answer into the world's journal; gives the entry."""
    entry = RequestEntry(
        world.next_entry(),
        world.now,
        call.method,
        call.path,
        without_url_secrets(call.query),
        without_credentials(call.headers),
        without_secrets(call.body) if call.may_contain_secret else call.body[:MAX_KEPT],
        response.status,
        without_secrets(response.body) if response.may_contain_secret else response.body[:MAX_KEPT],
        response.refused,
        world.notes,
        faults.names if faults else (),
        tuple([pair for pair in response.headers if pair[0] in NEXT_STEP_HEADERS]) if len(response.headers) > 1 else (),
    )
    world.tables.journal.append(entry)
    return entry


def polled(handler: Handler) -> Handler:
    """A handler that clients call again and again while they wait: on an auto clock each call moves time."""

    def poll_first(world: World, call: ApiRequest) -> Response:
        poll(world)
        return handler(world, call)

    return poll_first


class NotFound:
    """Every path and method that nobody answers; written into the world of the key that came along."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    @implements("wire.unknown-path", "wire.unknown-method")
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        call = self._dispatcher.call(scope)
        refusal = refusal_response(refuse("path-unknown"))
        dispatcher = self._dispatcher
        if dispatcher.refuse_key(call.key) is not None:
            await send_response(send, refusal)
            return
        name = dispatcher.engine.enter(call.key)
        handled = await dispatcher.engine.run(name, lambda world: dispatcher.handle(world, call, lambda *_: refusal))
        await send_handled(handled, scope, receive, send)
