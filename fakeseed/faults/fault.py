"""What a fault is: the moments of a request at which it may step in, and what it says about itself.

before_request -> replace_response -> (handler: decide, commit) -> task_made, asset_made -> transform_response
-> journal -> delay_response -> send_raw

Everything up to ``transform_response`` is inside the request's unit of work; ``delay_response`` and ``send_raw`` come
after it, so whatever a fault does to a response, the state behind it is committed.
"""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from fakeseed.faults.raw_connection import RawConnection
from fakeseed.model.asset import Asset
from fakeseed.model.task import Task
from fakeseed.model.times import as_span
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World

Group = Literal["socket", "http", "semantics", "delivery", "webhook"]

Span = Annotated[float | str, msgspec.Meta(description="seconds, or a span such as 1.5s, 2m, 3d")]

Share = Annotated[float, msgspec.Meta(ge=0, lt=1, description="share of the body that comes")]

MOST_BYTES = 1_000_000_000
"""The largest number of bytes that an option names."""

ROUTES: dict[str, tuple[str, str]] = {
    "any": ("*", "*"),
    "POST task": ("POST", "/api/v1/task"),
    "GET task": ("GET", "/api/v1/task/*"),
    "DELETE task": ("DELETE", "/api/v1/task/*"),
    "POST asset": ("POST", "/api/v1/asset/upload"),
    "GET assets": ("GET", "/api/v1/asset/list"),
    "GET asset": ("GET", "/api/v1/asset/asset-*"),
    "DELETE asset": ("DELETE", "/api/v1/asset/*"),
    "GET account": ("GET", "/account/*"),
    "GET histories": ("GET", "/api/open/tasks/histories"),
    "POST upload": ("POST", "/api/ephemeral_resource"),
    "GET output": ("GET", "/ephemeral/*"),
}
"""What people call a route -> method and path."""

TASK_ROUTES = frozenset({"any", "POST task", "GET task", "DELETE task", "GET output"})
"""Routes whose requests are about one task, so that ``task_type`` can be asked for."""


BODYLESS = frozenset({204, 205, 304})
"""Statuses of answers that have no body."""


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that goes wrong. A subclass's fields are its options, its docstring is its page.

    ``routes`` are the routes it makes sense on, the first being the default. ``real_socket``: it can only be shown on
    the wire. A subclass's ``__post_init__`` raises ValueError for options that do not go together.
    """

    group: ClassVar[Group]
    """The folder of its file."""
    routes: ClassVar[tuple[str, ...]] = tuple(ROUTES)
    real_socket: ClassVar[bool] = False
    correct: ClassVar[str] = ""
    """What a correct client does about it."""

    def before_request(self, call: ApiRequest) -> ApiRequest:
        """The request as the server will take it."""
        return call

    def replace_response(self, world: World, call: ApiRequest) -> Response | None:
        """An answer that keeps the request from being handled at all; nothing is changed."""
        return None

    def task_made(self, world: World, task: Task) -> None:
        """A task was made by the request: what lies ahead of it may be changed."""

    def asset_made(self, world: World, asset: Asset) -> None:
        """An asset was made by the request, one of several maybe: what lies ahead of it may be changed."""

    def transform_response(self, world: World, call: ApiRequest, json_response: Response) -> Response:
        """The answer as it will be sent, after the request's effects are committed."""
        return json_response

    async def delay_response(self, exchange: RawConnection) -> None:
        """Wait before anything is sent."""

    async def send_raw(self, exchange: RawConnection) -> bool:
        """Send the answer in an odd way; False to leave that to others."""
        return False


def span(value: float | str) -> int:
    """An option's span in nanoseconds. Raises ValueError."""
    return as_span(value)


Change = Callable[[dict[str, Any]], None]


def reshaped(json_response: Response, change: Change) -> Response:
    """An answer whose JSON object was changed in place by ``change``; any other answer as it is."""
    body = json_object(json_response)
    if not body:
        return json_response
    change(body)
    return msgspec.structs.replace(json_response, body=msgspec.json.encode(body))


def is_json(json_response: Response) -> bool:
    """Whether an answer calls itself JSON and has a body."""
    return bool(json_response.body) and b"json" in dict(json_response.headers).get(b"content-type", b"")


def json_object(json_response: Response) -> dict[str, Any]:
    """The JSON object that an answer is; an empty one for any other answer."""
    try:
        body = msgspec.json.decode(json_response.body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def task_reshaped(json_response: Response, change: Change) -> Response:
    """An answer whose task was changed in place by ``change``; an answer without a task as it is."""

    def change_task(body: dict[str, Any]) -> None:
        data = body.get("data")
        if isinstance(data, dict) and data.get("task_id"):
            change(data)

    return reshaped(json_response, change_task)


def with_header(json_response: Response, name: bytes, value: bytes) -> Response:
    """An answer with a header set, in place of one that it has."""
    kept = tuple(pair for pair in json_response.headers if pair[0] != name)
    return msgspec.structs.replace(json_response, headers=(*kept, (name, value)))
