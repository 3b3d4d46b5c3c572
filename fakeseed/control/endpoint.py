"""What all control calls share: who is let in, orders on their way in, answers and mistakes on their way out."""

from collections.abc import Awaitable, Callable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fakeseed.control.access import AccessGuard
from fakeseed.control.views import unknown_field_hint
from fakeseed.errors import UsageError
from fakeseed.model.suggest import did_you_mean
from fakeseed.piapi.parse import BodyError, read_body, whole_number
from fakeseed.world.clock import SystemTime
from fakeseed.world.engine import Engine
from fakeseed.world.journal import KEY_HEADER
from fakeseed.world.rng import TAG_DIGITS, tag_of

if TYPE_CHECKING:
    from fakeseed.control.judgement import Judge
    from fakeseed.control.lists import VideoOf

O = TypeVar("O", bound=msgspec.Struct)  # noqa: E741 - an order
Action = Callable[["ControlApp", str, Request], Awaitable[object]]
Endpoint = Callable[[Request], Awaitable[Response]]

WORLD_HEADER = "x-fakeseed-world"
"""The header that names a world, by its whole name or its tag."""
MAX_ORDER = 1024 * 1024


class ControlApiError(UsageError):
    """A control call that ends without what it asked for: with a status of its own, and details for programs."""

    def __init__(self, status: int, message: str, hint: str = "", details: dict[str, object] | None = None) -> None:
        super().__init__(message, hint)
        self.status = status
        self.details = details or {}


class ControlApp:
    """The control API over one engine. ``video_of`` makes a task's video, ``judge`` verdicts, where there is one."""

    def __init__(
        self,
        engine: Engine,
        guard: AccessGuard,
        system_time: SystemTime,
        video_of: "VideoOf",
        judge: "Judge | None" = None,
    ) -> None:
        self.engine = engine
        self._guard = guard
        self.system_time = system_time
        self.video_of = video_of
        self.judge = judge

    def endpoint(self, action: Action, query: tuple[str, ...] = (), *, of_world: bool = True) -> Endpoint:
        """An action as an endpoint: guarded, about one world or the whole server, its mistakes told as JSON. ``query``:
        the keys that it takes.
        """

        async def answer(request: Request) -> Response:
            objection = self._guard.objection(request.headers)
            if objection is not None:
                status, message, hint = objection
                return problem(message, hint, status)
            try:
                name = await self._world(request, of_world=of_world)
                only(request, query)
                result = await action(self, name, request)
            except ControlApiError as ended:
                return problem(str(ended), ended.hint, ended.status, ended.details)
            except UsageError as mistake:
                return problem(str(mistake), mistake.hint, 400)
            return result if isinstance(result, Response) else as_json(result)

        return answer

    async def _world(self, request: Request, *, of_world: bool) -> str:
        """The name of the world that a call is about: the one that ``X-Fakeseed-World`` names, else the key's.

        Keys are secrets that only clients have, so a viewer names a world. Where keys are listed that takes the control
        token, since a name opens what otherwise only a listed key does.
        """
        name = request.headers.get(WORLD_HEADER, "").strip()
        if of_world and not name:
            key = request.headers.get(KEY_HEADER, "").strip()
            if not key or not self.engine.keys.admits(key):
                message = "no world: the key is missing or not admitted"
                raise ControlApiError(
                    401, message, f"send an API key in X-API-Key, or a world's name in {WORLD_HEADER}"
                )
            return self.engine.enter(key)
        if self.engine.keys.restricted and not self._guard.has_token:
            hint = "send X-API-Key, or start the server with --control-token"
            raise ControlApiError(401, "keys are listed here, so a world opens by its key alone", hint)
        return await self._named(name) if of_world else ""

    async def _named(self, name: str) -> str:
        """A world by its name, or by the tag that the name begins with. Raises ControlApiError."""
        found = await self.engine.store.name_of(tag_of(name)) if len(name) >= TAG_DIGITS else None
        if found is None or not found.startswith(name):
            hint = "GET worlds lists them; a world begins with its key's first call"
            raise ControlApiError(404, f"there is no world {name[:40]!r}", hint)
        return found


def problem(message: str, hint: str, status: int, details: dict[str, object] | None = None) -> Response:
    """One of our own errors as JSON."""
    body: dict[str, object] = {"error": message, "hint": hint} if hint else {"error": message}
    return as_json({**body, **(details or {})}, status)


def as_json(value: object, status: int = 200) -> Response:
    """A value as JSON."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


async def body_of(request: Request, limit: int) -> bytes | None:
    """The request's body, or None as soon as it is known to be larger than a limit in bytes."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limit:
        return None
    body = BytesIO()  # gives its bytes away without a copy
    async for chunk in request.stream():
        body.write(chunk)
        if body.tell() > limit:
            return None
    return body.getvalue()


async def read_order(request: Request, shape: type[O]) -> O:
    """The request's body as an order; an empty one gives the defaults. Raises UsageError."""
    try:
        return read_body(await _small_body(request) or b"{}", shape)
    except BodyError as mistake:
        raise UsageError(f"{mistake}{unknown_field_hint(str(mistake), shape)}") from None


async def json_body(request: Request, shape: Any) -> Any:
    """The request's body as a checked type that is no order. Raises UsageError."""
    try:
        return read_body(await _small_body(request), shape)
    except BodyError as mistake:
        raise UsageError(str(mistake)) from None


async def _small_body(request: Request) -> bytes:
    body = await body_of(request, MAX_ORDER)
    if body is None:
        raise UsageError(f"the order is larger than {MAX_ORDER} bytes")
    return body.strip()


def number(request: Request, name: str, default: int, least: int) -> int:
    """A whole number of the query. Raises UsageError."""
    value = whole_number(request.query_params.get(name), default, least)
    if value is None:
        raise UsageError(f"{name} must be a whole number from {least}")
    return value


def only(request: Request, allowed: Sequence[str]) -> None:
    """Raises UsageError for a query that has other keys than these, or one twice."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name not in allowed:
            hint = f"use {', '.join(allowed)}" if allowed else "this call takes no query"
            raise UsageError(f"unknown query key {name[:80]!r}{did_you_mean(name, allowed)}", hint)
        if names.count(name) > 1:
            raise UsageError(f"query key {name!r} stands there {names.count(name)} times", "say it once")
