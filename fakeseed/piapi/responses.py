"""Answers on their way out: JSON in the vendor's shapes, refusals, and how they are sent."""

from email.utils import formatdate
from functools import lru_cache

import msgspec
from starlette.types import Send

from fakeseed.errors import StateError
from fakeseed.model.asset import Asset
from fakeseed.model.behaviours import implements
from fakeseed.model.refusals import Refusal
from fakeseed.model.task import Task
from fakeseed.model.times import unix_seconds
from fakeseed.piapi.wire import BareErrorEnvelope, ErrorEnvelope, Meta, TaskEnvelope, TaskError, TaskView, encode

Headers = tuple[tuple[bytes, bytes], ...]
JSON: Headers = ((b"content-type", b"application/json; charset=utf-8"),)
TEXT: Headers = ((b"content-type", b"text/plain; charset=utf-8"),)


class Response(msgspec.Struct, frozen=True, gc=False):
    """Status, headers (without the length) and body of an answer.

    ``refused_by`` names the behaviour that said no; ``may_contain_secret`` is False where the body is known to hold no
    secret; ``created`` are the records that the request made.
    """

    status: int
    body: bytes = b""
    headers: Headers = JSON
    refused: str = ""
    may_contain_secret: bool = True
    created: tuple[Task | Asset, ...] = ()


def json_response(
    value: object, status: int = 200, *, may_contain_secret: bool = True, created: tuple[Task | Asset, ...] = ()
) -> Response:
    """A value as JSON."""
    return Response(status, encode(value), JSON, "", may_contain_secret, created)


@implements("wire.error-body", "task.refused-body")
def refusal_response(refusal: Refusal, view: TaskView | None = None) -> Response:
    """A refusal in the shape that its row names; ``view`` is what could be read of a refused task."""
    kind = refusal.kind
    extra = tuple((name.encode(), value.encode()) for name, value in refusal.headers)
    if kind.shape == "text":
        return Response(refusal.status, refusal.message.encode(), TEXT + extra, kind.behaviour)
    if kind.shape == "task":
        error = TaskError(kind.error_code, "", refusal.message)
        logs = (refusal.message,)
        failed = msgspec.structs.replace(view or TaskView(), status="failed", error=error, meta=Meta(), logs=logs)
        body = encode(TaskEnvelope(refusal.status, failed, refusal.message))
    elif kind.shape == "bare":
        body = encode(BareErrorEnvelope(refusal.status, refusal.message))
    else:
        body = encode(ErrorEnvelope(refusal.status, refusal.message))
    return Response(refusal.status, body, JSON + extra, kind.behaviour)


def state_unavailable_response(problem: StateError) -> Response:
    """Our own trouble in the vendor's shape: worlds cannot be reached just now, and a retry may do.

    The control API answers the same way, with ``error`` and ``hint`` beside.
    """
    body = {"code": 503, "message": "service unavailable", "data": None, "error": str(problem), "hint": problem.hint}
    return Response(503, encode(body), (*JSON, (b"retry-after", b"1")))


@lru_cache(maxsize=64)
def dated(second: int) -> tuple[bytes, bytes]:
    """The Date header of a Unix second."""
    return b"date", formatdate(second, usegmt=True).encode()


async def send_response(send: Send, response: Response, now: int | None = None) -> None:
    """Send an answer whole, dated by the world's clock where there is a world."""
    headers = [*response.headers]
    if response.status != 204:
        headers.append((b"content-length", b"%d" % len(response.body)))
    if now is not None:
        headers.append(dated(unix_seconds(now)))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
