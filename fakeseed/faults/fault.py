"""What a fault is: the moments of a request at which it may step in, and what it says about itself.

ask ──► instead ──► (handler: decide, commit) ──► then ──► journal ──► pause ──► send

Everything up to ``then`` is inside the request's unit of work; ``pause`` and ``send`` come after it, so whatever a
fault does to an answer, the state behind it is committed.
"""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from fakeseed.faults.exchange import Exchange
from fakeseed.model.assets import Asset
from fakeseed.model.tasks import Task
from fakeseed.model.times import as_span
from fakeseed.piapi.answers import Answer
from fakeseed.piapi.surface import Call
from fakeseed.world.world import World

Group = Literal["socket", "http", "semantics", "delivery", "webhook"]

Span = Annotated[float | str, msgspec.Meta(description="seconds, or a span such as 1.5s, 2m, 3d")]

Share = Annotated[float, msgspec.Meta(ge=0, lt=1, description="share of the body that comes")]

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

    def ask(self, call: Call) -> Call:
        """The request as the server will take it."""
        return call

    def instead(self, world: World, call: Call) -> Answer | None:
        """An answer that keeps the request from being handled at all; nothing is changed."""
        return None

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """The answer as it will be sent, after the request's effects are committed; what lies ahead may be changed."""
        return answer

    async def pause(self, exchange: Exchange) -> None:
        """Wait before anything is sent."""

    async def send(self, exchange: Exchange) -> bool:
        """Send the answer in an odd way; False to leave that to others."""
        return False


def span(value: float | str) -> int:
    """An option's span in nanoseconds. Raises ValueError."""
    return as_span(value)


Change = Callable[[dict[str, Any]], None]


def reshaped(answer: Answer, change: Change) -> Answer:
    """An answer whose JSON object was changed in place by ``change``; any other answer as it is."""
    try:
        body = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, ValueError):
        return answer
    if not isinstance(body, dict):
        return answer
    change(body)
    return msgspec.structs.replace(answer, body=msgspec.json.encode(body))


def task_reshaped(answer: Answer, change: Change) -> Answer:
    """An answer whose task was changed in place by ``change``; an answer without a task as it is."""

    def change_task(body: dict[str, Any]) -> None:
        data = body.get("data")
        if isinstance(data, dict) and data.get("task_id"):
            change(data)

    return reshaped(answer, change_task)


def with_header(answer: Answer, name: bytes, value: bytes) -> Answer:
    """An answer with a header set, in place of one that it has."""
    kept = tuple(pair for pair in answer.headers if pair[0] != name)
    return msgspec.structs.replace(answer, headers=(*kept, (name, value)))


def made_task(world: World, answer: Answer) -> Task | None:
    """The task that a create's answer tells of, if one was made."""
    made = _object(answer).get("data")
    task_id = made.get("task_id") if isinstance(made, dict) and answer.status < 300 else None
    return world.tasks.get(task_id) if isinstance(task_id, str) else None


def made_assets(world: World, answer: Answer) -> list[Asset]:
    """The assets that an upload's answer tells of."""
    body = _object(answer)
    results = body.get("results")
    entries = results if isinstance(results, list) else [body]
    found = [
        world.assets.get(entry["asset_id"]) for entry in entries if isinstance(entry, dict) and entry.get("asset_id")
    ]
    return [asset for asset in found if asset is not None]


def _object(answer: Answer) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, ValueError):
        return {}
    return body if isinstance(body, dict) else {}
