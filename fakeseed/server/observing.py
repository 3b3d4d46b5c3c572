"""What a server tells whoever runs it: figures for Prometheus, and a line of JSON for each request.

Figures are of one process; every series names it, so that workers behind one socket do not mix. No key is ever told: a
request names its world's tag.
"""

import logging
import os
import re
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fakeseed.model.times import with_nanoseconds
from fakeseed.piapi.routes import TEMPLATE
from fakeseed.world.clock import seconds_passed, system_time
from fakeseed.world.journal import KEY_HEADER, without_url_secrets
from fakeseed.world.rng import name_of, tag_of

METRICS = "/_fakeseed/metrics"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the histogram of requests' durations, in seconds."""
_BOUNDS = (*BUCKETS, float("inf"))
TEXT = b"text/plain; version=0.0.4; charset=utf-8"
_REQUEST_ID = b"x-request-id"
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_KEY = KEY_HEADER.encode()

Tell = Callable[[Scope, int, float, bytes], None]
"""Is told of a request: its scope, its answer's status (0: none), the seconds that it took, its id if it has one."""
Pairs = tuple[tuple[bytes, bytes], ...]
Gauges = Callable[[], dict[str, tuple[str, str, float]]]
"""Gives figures that are kept elsewhere: name -> type, help, value."""


class Observed:
    """An application, watched. ``tell``, if given, is told of each request; ``numbered``: each answer carries an id."""

    def __init__(self, app: ASGIApp, gauges: Gauges, tell: Tell | None = None, *, numbered: bool = False) -> None:
        self._app = app
        self._gauges = gauges
        self._tell = tell
        self._ids = numbered
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._within: Counter[float] = Counter()
        self._seconds = 0.0
        self._numbered = 0
        self._flying = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for figures here, watch everything else."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == METRICS:
            body = self.figures()
            headers = [(b"content-type", TEXT), (b"content-length", b"%d" % len(body))]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        else:
            await self._watch(scope, receive, send)

    async def _watch(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = seconds_passed(), 0
        request_id = self._request_id(scope) if self._ids else b""

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if request_id:
                    message["headers"] = [*message["headers"], (_REQUEST_ID, request_id)]
            await send(message)

        self._flying += 1
        try:
            await self._app(scope, receive, watched)
        finally:
            self._flying -= 1
            self._record(scope, status, seconds_passed() - began, request_id)

    def count(self, scope: Scope, status: int, took: float) -> Pairs:
        """Count a request that was answered elsewhere; gives what its answer has to carry beside its own headers."""
        request_id = self._request_id(scope) if self._ids else b""
        self._record(scope, status, took, request_id)
        return ((_REQUEST_ID, request_id),) if request_id else ()

    def _record(self, scope: Scope, status: int, took: float, request_id: bytes) -> None:
        self._requests[scope["method"], _route(scope), status] += 1
        self._seconds += took
        self._within[_BOUNDS[bisect_left(BUCKETS, took)]] += 1
        if self._tell:
            self._tell(scope, status, took, request_id)

    def _request_id(self, scope: Scope) -> bytes:
        """The id that the client gave, or one of our own."""
        sent: bytes = next((value for name, value in scope["headers"] if name == _REQUEST_ID), b"")
        self._numbered += 1
        return sent if _ID.fullmatch(sent) else f"{os.getpid()}-{self._numbered}".encode()

    def figures(self) -> bytes:
        """All figures as Prometheus reads them."""
        worker = f'worker="{os.getpid()}"'
        series = _head("requests_total", "counter", "Requests by method, route and status; 0: no answer.")
        for (method, route, status), count in sorted(self._requests.items()):
            labels = f'{worker},method="{_label(method)}",route="{_label(route)}",status="{status}"'
            series.append(f"fakeseed_requests_total{{{labels}}} {count}")
        series += _head("request_seconds", "histogram", "Seconds from a request's head to the end of its answer.")
        total = 0
        for bound in (*BUCKETS, float("inf")):
            total += self._within[bound]
            edge = "+Inf" if bound == float("inf") else f"{bound:g}"
            series.append(f'fakeseed_request_seconds_bucket{{{worker},le="{edge}"}} {total}')
        series.append(f"fakeseed_request_seconds_sum{{{worker}}} {self._seconds:.6f}")
        series.append(f"fakeseed_request_seconds_count{{{worker}}} {total}")
        own = {"requests_under_way": ("gauge", "Requests that are being answered.", float(self._flying))}
        for name, (kind, about, value) in {**own, **self._gauges()}.items():
            series += [*_head(name, kind, about), f"fakeseed_{name}{{{worker}}} {value:g}"]
        return ("\n".join(series) + "\n").encode()


def _head(name: str, kind: str, about: str) -> list[str]:
    return [f"# HELP fakeseed_{name} {about}", f"# TYPE fakeseed_{name} {kind}"]


def _label(text: str) -> str:
    return re.sub(r'[\\"\n]', "", text)[:40]


def _route(scope: Scope) -> str:
    """The path with names in the place of values, so that there are no more series than routes."""
    template: str | None = scope.get(TEMPLATE)
    if template is not None:
        return template
    if "endpoint" not in scope:
        return "other"
    path: str = scope["path"]
    for name, value in scope.get("path_params", {}).items():
        path = path.replace(str(value), f"{{{name}}}", 1)
    return path


def _line(scope: Scope, status: int, took: float, request_id: bytes) -> bytes:
    key = next((value for name, value in scope["headers"] if name == _KEY), b"").decode("latin-1").strip()
    fields = {
        "at": with_nanoseconds(system_time()),
        "level": "info",
        "request_id": request_id.decode(),
        "method": scope["method"],
        "path": scope["path"],
        "query": without_url_secrets(scope["query_string"].decode("latin-1")),
        "status": status,
        "ms": round(took * 1000, 3),
        "world": tag_of(name_of(key)) if key else "",
    }
    return msgspec.json.encode(fields)


class JsonLines(logging.Formatter):
    """What the server itself has to say, as a line of JSON too."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as one line."""
        fields: dict[str, Any] = {
            "at": with_nanoseconds(system_time()),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_url_secrets(record.getMessage()),
        }
        if record.exc_info:
            fields["traceback"] = without_url_secrets(self.formatException(record.exc_info))
        return msgspec.json.encode(fields).decode()


def tell_in_json() -> Tell:
    """Make every line on standard error one of JSON; gives what writes a request's."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    return lambda scope, status, took, request_id: _write(_line(scope, status, took, request_id) + b"\n")


def _write(text: bytes) -> None:
    sys.stderr.buffer.write(text)
    sys.stderr.buffer.flush()
