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
from fakeseed.model import routes as vendor_routes
from fakeseed.model.asset import Asset
from fakeseed.model.routes import VendorRoute
from fakeseed.model.task import Task
from fakeseed.model.times import as_span
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World

Group = Literal["socket", "http", "semantics", "delivery", "webhook"]

ClientSees = Literal["nothing", "unclear", "an answer"]
"""What reaches the client: no answer that it can use; one of which only the client knows what it made of it; an answer
that it can read, however wrong it is.
"""

Samples = tuple[dict[str, Any], ...]
"""Orders of one fault without its name: options, and conditions where they belong to the story."""

Span = Annotated[float | str, msgspec.Meta(description="seconds, or a span such as 1.5s, 2m, 3d")]

Share = Annotated[float, msgspec.Meta(ge=0, lt=1, description="share of the body that comes")]

Evidence = tuple[dict[str, Any], ...]
"""Entries of a journal, as ``GET journal`` shows them, by which a fault is known to have struck: the first one is the
request that it fired for, each later one stands after the one before it. Values are compared as in scenario files.
"""

WITH_WEBHOOK: dict[str, Any] = {"status": "<300", "body": {"config": {"webhook_config": {"endpoint": "~."}}}}
"""A create that was accepted and names a receiver."""

MOST_BYTES = 1_000_000_000
"""The largest number of bytes that an option names."""

ANY = "any"
ROUTES: dict[str, tuple[VendorRoute, ...]] = {
    ANY: tuple(vendor_routes.ROUTES.values()),
    **{
        word: tuple(route for route in vendor_routes.ROUTES.values() if route.on == word)
        for word in dict.fromkeys(route.on for route in vendor_routes.ROUTES.values() if route.on)
    },
}
"""What people call a route in an order -> the routes that it means."""

TASK_ROUTES = frozenset({ANY, *(word for word, routes in ROUTES.items() if all(route.about_task for route in routes))})
"""Routes whose requests are about one task, so that ``task_type`` can be asked for."""

BODYLESS = frozenset({204, 205, 304})
"""Statuses of answers that have no body."""


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that goes wrong. A subclass's fields are its options, its docstring is its page.

    ``routes`` are the routes it makes sense on, the first being the default. ``real_socket``: it can only be shown on
    the wire. A fault without ``client_sees``, ``takes_real_time`` and ``correct`` is not registered. A subclass's
    ``__post_init__`` raises ValueError for options that do not go together.
    """

    group: ClassVar[Group]
    """The folder of its file."""
    routes: ClassVar[tuple[str, ...]] = tuple(ROUTES)
    real_socket: ClassVar[bool] = False
    client_sees: ClassVar[ClientSees]
    """What the client has of the answer to a request that the fault fired for."""
    takes_real_time: ClassVar[bool]
    """Whether the client waits in real seconds, which no clock of a world shortens."""
    samples: ClassVar[Samples] = ({},)
    """Orders worth trying; the first is the page's example."""
    hidden: ClassVar[bool] = False
    """Whether only a look into the decoded video shows it."""
    evidence: ClassVar[Evidence] = ({},)
    """What shows in a journal that it struck; firing for a request is enough unless said otherwise."""
    correct: ClassVar[str]
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

    def transform_response(self, world: World, call: ApiRequest, response: Response) -> Response:
        """The answer as it will be sent, after the request's effects are committed."""
        return response

    async def delay_response(self, exchange: RawConnection) -> None:
        """Wait before anything is sent."""

    async def send_raw(self, exchange: RawConnection) -> bool:
        """Send the answer in an odd way; False to leave that to others."""
        return False


def span(value: float | str) -> int:
    """An option's span in nanoseconds. Raises ValueError."""
    return as_span(value)


Change = Callable[[dict[str, Any]], None]


def reshaped(response: Response, change: Change) -> Response:
    """An answer whose JSON object was changed in place by ``change``; any other answer as it is."""
    body = json_object(response)
    if not body:
        return response
    change(body)
    return msgspec.structs.replace(response, body=msgspec.json.encode(body))


def is_json(response: Response) -> bool:
    """Whether an answer calls itself JSON and has a body."""
    return bool(response.body) and b"json" in dict(response.headers).get(b"content-type", b"")


def json_object(response: Response) -> dict[str, Any]:
    """The JSON object that an answer is; an empty one for any other answer."""
    try:
        body = msgspec.json.decode(response.body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def task_reshaped(response: Response, change: Change) -> Response:
    """An answer whose task was changed in place by ``change``; an answer without a task as it is."""

    def change_task(body: dict[str, Any]) -> None:
        data = body.get("data")
        if isinstance(data, dict) and data.get("task_id"):
            change(data)

    return reshaped(response, change_task)


def with_header(response: Response, name: bytes, value: bytes) -> Response:
    """An answer with a header set, in place of one that it has."""
    unchanged = tuple(pair for pair in response.headers if pair[0] != name)
    return msgspec.structs.replace(response, headers=(*unchanged, (name, value)))
