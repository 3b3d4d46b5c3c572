"""The straight way: what is asked all the time, answered where nothing is in the way.

The rule: a request of a route in ``NAMES`` that is plain HTTP/1.1 on a kept connection, whose world lies in memory and
has no fault armed, where no program's waiting moves a clock, is answered by the same handler in the same unit of work,
without the application around it; any other request, and any that a handler raises on, takes the application's way.
"""

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from fakeseed.model.routes import VendorRoute, match_path
from fakeseed.model.times import unix_seconds
from fakeseed.piapi.dispatch import ENTRY, ApiRequest, Handled, Handler
from fakeseed.piapi.responses import Response, dated
from fakeseed.piapi.routes import HANDLERS, TEMPLATE
from fakeseed.world.clock import seconds_passed
from fakeseed.world.journal import may_contain_secret
from fakeseed.world.world import World

if TYPE_CHECKING:
    from fakeseed.server.app import App
    from fakeseed.server.observing import Observed

NAMES = frozenset({"get task", "create task", "list assets", "get asset"})
ROUTE = "fakeseed.route"
"""Key of a request's scope: its row of the table of routes."""
RAISED = "fakeseed.raised"
"""Key of a request's scope: what a handler raised, so that the application's way ends as it always does."""

T = TypeVar("T")


def run_at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise RuntimeError("a unit of work in memory waited")


class StraightWay:
    """Answers over an application's parts, and counts in its figures."""

    def __init__(self, app: "App", observed: "Observed | None" = None) -> None:
        self._dispatcher = app.dispatcher
        self._engine = app.engine
        self._observed = observed
        measured = frozenset({"create task"}) if app.engine.settings.ingest == "fetch" else frozenset[str]()
        self._sleepers = app.engine.sleepers
        self._names = frozenset[str]() if app.engine.store.lasting else NAMES - measured

    def takes(self, scope: dict[str, Any]) -> bool:
        """Whether a request is on one of the routes."""
        if self._sleepers:  # their clocks stand while a request is answered
            return False
        match = match_path(scope["path"])
        route = match[0].get(scope["method"]) if match else None
        if match is None or route is None or route.name not in self._names:
            return False
        scope["path_params"] = match[1]
        scope[ROUTE], scope[TEMPLATE] = route, route.path
        return True

    def respond(self, scope: dict[str, Any], body: bytes) -> bytes | None:
        """The whole answer as bytes; None where the application has to give it."""
        began = seconds_passed()
        route: VendorRoute = scope[ROUTE]
        call = self._dispatcher.call(scope, route)
        if call.from_browser or self._dispatcher.refuse_key(call.key) is not None:
            return None
        call.body = body
        call.may_contain_secret = may_contain_secret(body)
        handler = HANDLERS[route.name]
        name = self._engine.enter(call.key)
        try:
            handled = run_at_once(self._engine.run(name, lambda world: self._handle(world, call, handler)))
        except Exception as problem:
            scope[RAISED] = problem
            return None
        if handled is None:
            return None
        scope[ENTRY] = handled.entry
        extra = self._observed.count(scope, handled.answer.status, seconds_passed() - began) if self._observed else ()
        return as_bytes(handled.answer, handled.now, extra)

    def _handle(self, world: World, call: ApiRequest, handler: Handler) -> Handled | None:
        return None if world.account.faults else self._dispatcher.handle(world, call, handler)


def as_bytes(response: Response, now: int, extra: tuple[tuple[bytes, bytes], ...] = ()) -> bytes:
    """A response as uvicorn sends it on a kept connection."""
    parts = [STATUS_LINE[response.status]]
    length = (b"content-length", b"%d" % len(response.body))
    for name, value in (*response.headers, length, dated(unix_seconds(now)), *extra):
        parts += (name, b": ", value, b"\r\n")
    parts += (b"\r\n", response.body)
    return b"".join(parts)
