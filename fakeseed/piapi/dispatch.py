"""The way of a request: read it, let its key in, do one unit of work, write it down, answer.

scope, body  ->  Call  ->  key  ->  world  ->  handler: parse, decide, commit  ->  Answer  ->  journal  ->  wire

A request that meets an armed fault takes the same way with a Trouble beside it.
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
from fakeseed.piapi.responses import Answer, refused, send_answer
from fakeseed.world.engine import Universe
from fakeseed.world.event_handlers import poll
from fakeseed.world.journal import (
    KEY_HEADER,
    TOLD_HEADERS,
    RequestEntry,
    may_hold_secret,
    without_credentials,
    without_query_secrets,
    without_secrets,
)
from fakeseed.world.journal import MAX_BODY as MAX_KEPT
from fakeseed.world.world import World

MAX_BODY = 64 * 1024 * 1024
"""Bytes of a request that are read; behaviour ``wire.body-limit``."""

_KEY = KEY_HEADER.encode()
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?", re.ASCII)


class Call(msgspec.Struct):
    """One request, as handlers see it.

    ``base_url`` is where the client reaches files; ``secretive`` is False where the body is known to hold nothing that
    the journal has to blot out.
    """

    method: str
    path: str
    query: str
    params: Mapping[str, str]
    headers: list[tuple[bytes, bytes]]
    key: str
    base_url: str
    body: bytes = b""
    secretive: bool = False
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


Handler = Callable[[World, Call], Answer]
Prepare = Callable[[Call], Awaitable[object]]


class Trouble(Protocol):
    """The armed faults that one request meets; ``fakeseed.faults`` has them."""

    @property
    def names(self) -> tuple[str, ...]: ...
    def ask(self, call: Call) -> Call: ...
    def instead(self, world: World, call: Call) -> Answer | None: ...
    def then(self, world: World, call: Call, given: Answer) -> Answer: ...
    async def send(self, answered: "Answered", scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, or what the faults make of it."""


Meet = Callable[[World, Call], Trouble | None]
"""Finds the faults that a request meets, and counts it."""


class Answered(msgspec.Struct, frozen=True):
    """What a unit of work gave for one request: the answer, the world's instant, and what goes wrong with it."""

    answer: Answer
    now: int
    trouble: Trouble | None = None


class Surface:
    """What all endpoints share."""

    def __init__(self, universe: Universe, meet: Meet) -> None:
        self.universe = universe
        self._meet = meet
        self._public_url = (universe.settings.public_url or "").rstrip("/")

    @implements("auth.before-body")
    async def serve(
        self, scope: Scope, receive: Receive, send: Send, handler: Handler, prepare: Prepare | None = None
    ) -> None:
        """Answer one request with a handler that needs a world."""
        call = self.call(scope)
        refusal = self.refuse_key(call.key)
        if refusal is None:
            refusal = await self._read(call, receive)
        if refusal is not None:
            await send_answer(send, refused(refusal))
            return
        if prepare is not None:
            call.prepared = await prepare(call)
        answered = await self.universe.run(
            self.universe.enter(call.key), lambda world: self.answered(world, call, handler)
        )
        await leave(answered, scope, receive, send)

    def answered(self, world: World, call: Call, handler: Handler) -> Answered:
        """Let a handler answer, with what goes wrong on purpose, and write it into the world's journal."""
        trouble = self.meet(world, call)
        if trouble is None:
            given = handler(world, call)
        else:
            given = trouble.instead(world, call) or trouble.then(world, call, handler(world, trouble.ask(call)))
        record(world, call, given, trouble)
        return Answered(given, world.now, trouble)

    def meet(self, world: World, call: Call) -> Trouble | None:
        """The faults that a request meets."""
        return self._meet(world, call) if world.account.faults else None

    @implements("wire.url-follows-host")
    def call(self, scope: Scope) -> Call:
        """The request as far as it is known before its body."""
        key = host = b""
        headers = scope["headers"]
        for name, value in headers:
            if name == _KEY:
                key = key or value
            elif name == b"host":
                host = value
        return Call(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            params=scope.get("path_params", {}),
            headers=headers,
            key=key.decode("latin-1").strip(),
            base_url=self._public_url or self._base_url(scope, host.decode("latin-1")),
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
        return None if self.universe.keys.admits(key) else refuse("key-invalid")

    async def _read(self, call: Call, receive: Receive) -> Refusal | None:
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
        call.secretive = may_hold_secret(call.body)
        return None


async def leave(answered: Answered, scope: Scope, receive: Receive, send: Send) -> None:
    """Send an answer, or what the faults that it met make of it."""
    if answered.trouble is None:
        await send_answer(send, answered.answer, answered.now)
    else:
        await answered.trouble.send(answered, scope, receive, send)


def record(world: World, call: Call, given: Answer, trouble: Trouble | None = None) -> None:
    """Write a request and its answer into the world's journal."""
    world.tables.journal.append(
        RequestEntry(
            world.next_entry(),
            world.now,
            call.method,
            call.path,
            without_query_secrets(call.query),
            without_credentials(call.headers),
            without_secrets(call.body) if call.secretive else call.body[:MAX_KEPT],
            given.status,
            without_secrets(given.body) if given.secretive else given.body[:MAX_KEPT],
            given.refused,
            world.notes,
            trouble.names if trouble else (),
            tuple([pair for pair in given.headers if pair[0] in TOLD_HEADERS]) if len(given.headers) > 1 else (),
        )
    )


def polled(handler: Handler) -> Handler:
    """A handler that clients call again and again while they wait: on an auto clock each call moves time."""

    def poll_first(world: World, call: Call) -> Answer:
        poll(world)
        return handler(world, call)

    return poll_first


class Endpoint:
    """One path: a handler for each method it knows. Any other method is a page that does not exist."""

    def __init__(
        self, surface: Surface, handlers: Mapping[str, Handler], prepare: Mapping[str, Prepare] | None = None
    ) -> None:
        self._surface = surface
        self._handlers = handlers
        self._prepare = prepare or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        handler = self._handlers.get(method)
        if handler is None:
            await Unknown(self._surface)(scope, receive, send)
            return
        await self._surface.serve(scope, receive, send, handler, self._prepare.get(method))


class Unknown:
    """Every path and method that nobody answers; written into the world of the key that came along."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface

    @implements("wire.unknown-path", "wire.unknown-method")
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        call = self._surface.call(scope)
        found = refused(refuse("path-unknown"))
        surface = self._surface
        if surface.refuse_key(call.key) is not None:
            await send_answer(send, found)
            return
        name = surface.universe.enter(call.key)
        answered = await surface.universe.run(name, lambda world: surface.answered(world, call, lambda *_: found))
        await leave(answered, scope, receive, send)
