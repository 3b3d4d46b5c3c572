"""Every call of the control API, once. How a call is sent is the matter of ``fakeseed.client.control``."""

from datetime import datetime, timedelta
from typing import Any, Generic, Literal, TypedDict, TypeVar, Unpack
from urllib.parse import quote, urlencode

import msgspec

from fakeseed.errors import FakeseedError

__tracebackhide__ = True  # a failing test shows its own lines

Answer_co = TypeVar("Answer_co", covariant=True)
"""What a method gives: an answer, or something to await for one."""

Json = dict[str, Any]
Span = float | str | timedelta
"""Seconds, text such as ``3d2h``, or a timedelta."""
Instant = str | datetime
"""RFC 3339, or a datetime that knows its zone."""

PREFIX = "/_fakeseed"
WAIT_SECONDS = 300.0
"""The longest that the emulator lets a client wait; what is sent waits a little longer."""


class ControlError(FakeseedError):
    """The emulator said no, or nothing. ``status`` is 0 when no answer came; ``details`` is the answer's JSON."""

    def __init__(self, message: str, hint: str = "", status: int = 0, details: Json | None = None) -> None:
        super().__init__(message, hint)
        self.status = status
        self.details = details or {}

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message} ({self.hint})" if self.hint else message

    @property
    def message(self) -> str:
        """What happened, without the hint."""
        return str(self.args[0])


class RequestFilters(TypedDict, total=False):
    """What can be asked of requests; a path may hold ``*``, a status may be a class such as ``4xx``."""

    method: str
    path: str
    status: int | str
    task: str
    asset: str
    refused: str


class Filters(RequestFilters, total=False):
    """What can be asked of any journal entry."""

    kind: str


class Patience(TypedDict, total=False):
    """How long a wait may take: ``timeout`` in real time, ``within`` in the world's."""

    timeout: Span
    within: Span


class Outgoing(msgspec.Struct, frozen=True):
    """One call. ``content`` is sent as it is, ``payload`` as JSON; ``patient``: it may take as long as a wait."""

    method: str
    path: str
    query: dict[str, Any] = {}
    payload: Json | None = None
    content: bytes | None = None
    patient: bool = False

    @property
    def target(self) -> str:
        """Path and query, as they are sent."""
        query = urlencode({name: str(value) for name, value in self.query.items()})
        return f"{self.path}?{query}" if query else self.path

    @property
    def body(self) -> bytes:
        """The body, as it is sent."""
        if self.content is not None:
            return self.content
        return b"" if self.payload is None else msgspec.json.encode(self.payload)


def decode_response(status: int, body: bytes) -> Json:
    """An answer's JSON. Raises ControlError when the emulator said no, or when it is no emulator."""
    try:
        payload = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError):
        payload = None
    if isinstance(payload, dict) and status == 200:
        return payload
    if isinstance(payload, dict) and "error" in payload:
        raise ControlError(str(payload["error"]), str(payload.get("hint", "")), status, payload)
    hint = "is this an emulator's URL? start one with `fakeseed serve`"
    raise ControlError(f"the answer ({status}) is not the control API's: {body[:80]!r}", hint, status)


def _plain(value: object) -> object:
    """Spans and instants as the control API takes them."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.isoformat() if isinstance(value, datetime) else value


def _body(**fields: object) -> Json:
    """The JSON object of all that has a value."""
    return {name: _plain(value) for name, value in fields.items() if value is not None}


def _option_name(name: str) -> str:
    """An option's name as the emulator knows it: Python cannot say ``for``."""
    return name.removesuffix("_")


def _id(text: str) -> str:
    return quote(text, safe="")


class Calls(Generic[Answer_co]):
    """Every control call as a method; each gives the answer's JSON. Raises ControlError when the emulator says no.

    A new call is one line here, and then both clients have it.
    """

    def _send(self, call: Outgoing) -> Answer_co:
        raise NotImplementedError

    def call(self, method: str, path: str, payload: Json | None = None, /, **query: object) -> Answer_co:
        """Any control call, by its path below ``/_fakeseed/``."""
        params = {name: _plain(value) for name, value in query.items() if value is not None}
        return self._send(Outgoing(method, f"{PREFIX}/{path}", params, payload))

    # -- the world ----------------------------------------------------------------------------------------------------

    def health(self) -> Answer_co:
        """Whether the emulator is well, and its version."""
        return self.call("GET", "health")

    def world(self) -> Answer_co:
        """Plan, points, profile, pace, seed, concurrency, counts, clock."""
        return self.call("GET", "world")

    def worlds(self, *, offset: int | None = None, limit: int | None = None) -> Answer_co:
        """All worlds of the server, the latest first, each with its figures; one page."""
        return self.call("GET", "worlds", offset=offset, limit=limit)

    def overview(self) -> Answer_co:
        """The world's figures: clock, points, what is used of what is allowed, how long the journal is."""
        return self.call("GET", "overview")

    def patch(self, **changes: object) -> Answer_co:
        """Change plan, points, profile, pace, seed or concurrency (None: the plan's own)."""
        return self.call("PATCH", "world", dict(changes))

    def reset(self) -> Answer_co:
        """The world as on first use."""
        return self.call("POST", "reset")

    # -- the clock ----------------------------------------------------------------------------------------------------

    def clock(self) -> Answer_co:
        """Where the clock stands and what comes next."""
        return self.call("GET", "clock")

    def freeze(self, at: Instant | None = None) -> Answer_co:
        """Stand still, now or at a time."""
        return self.call("POST", "clock/freeze", _body(at=at))

    def resume(self, rate: float = 1.0) -> Answer_co:
        """Let time run, at so many world seconds a real second."""
        return self.call("POST", "clock/resume", _body(rate=rate))

    def auto(self, step: Span = 5) -> Answer_co:
        """Let each poll move the clock."""
        return self.call("POST", "clock/auto", _body(step=step))

    def advance(self, by: Span | None = None, *, to: Instant | None = None, limit: int | None = None) -> Answer_co:
        """Move the clock by a span or to a time; all that falls due happens, in order. ``limit``: how much is told."""
        return self.call("POST", "clock/advance", _body(by=by, to=to, limit=limit))

    def next(self) -> Answer_co:
        """Move the clock to the next event."""
        return self.call("POST", "clock/advance", {"to": "next"})

    # -- what was, and what will be -----------------------------------------------------------------------------------

    def timeline(self, limit: int | None = None) -> Answer_co:
        """What will happen, and when."""
        return self.call("GET", "timeline", limit=limit)

    def journal(
        self,
        *,
        after: int = 0,
        before: int | Literal["end"] | None = None,
        limit: int | None = None,
        **filters: Unpack[Filters],
    ) -> Answer_co:
        """Requests with answers, transitions and webhook attempts: one page after a number, or the last before one."""
        end = {"after": after} if before is None else {"before": before}
        return self.call("GET", "journal", limit=limit, **end, **filters)

    def journal_rows(
        self, *, before: int | None = None, limit: int | None = None, **filters: Unpack[Filters]
    ) -> Answer_co:
        """The journal in short, without bodies, newest first; one page."""
        return self.call("GET", "journal/rows", before=before, limit=limit, **filters)

    def judge(self) -> Answer_co:
        """What the judge would say of this world so far."""
        return self.call("GET", "judge")

    def copy(self, form: str, *, seq: int | None = None, since: int | None = None) -> Answer_co:
        """A request, or all since one, as something that runs: curl, httpx, fetch, pytest or scenario."""
        return self.call("GET", "copy", form=form, seq=seq, since=since)

    def ledger(self, *, offset: int = 0, limit: int | None = None) -> Answer_co:
        """Points: balances and every movement."""
        return self.call("GET", "ledger", offset=offset, limit=limit)

    def explain(self, seq: int) -> Answer_co:
        """Why a request of the journal got its answer, and when it would have got another."""
        return self.call("GET", f"explain/{_id(str(seq))}")

    # -- waiting ------------------------------------------------------------------------------------------------------

    def wait(self, **goal: object) -> Answer_co:
        """``POST wait`` with a goal of your own."""
        return self._send(Outgoing("POST", f"{PREFIX}/wait", {}, _body(**goal), None, patient=True))

    def wait_for_task(self, task_id: str, status: str | list[str] = "ended", **patience: Unpack[Patience]) -> Answer_co:
        """Until a task is in one of these states (``ended``: completed or failed); the answer's ``task`` shows it."""
        return self.wait(task=task_id, status=status, **patience)

    def wait_for_asset(
        self, asset_id: str, status: str | list[str] = "Active", **patience: Unpack[Patience]
    ) -> Answer_co:
        """Until an asset is in one of these states (``gone``: deleted or expired); the answer's ``asset`` shows it."""
        return self.wait(asset=asset_id, status=status, **patience)

    def wait_for_request(
        self,
        *,
        count: int = 1,
        after: int = 0,
        timeout: Span | None = None,
        within: Span | None = None,
        **filters: Unpack[RequestFilters],
    ) -> Answer_co:
        """Until so many requests that pass the filters have come; the answer's ``entries`` shows them."""
        return self.wait(request=dict(filters), count=count, after=after, timeout=timeout, within=within)

    def wait_for_delivery(
        self,
        task_id: str | None = None,
        status: int | str | None = None,
        *,
        count: int = 1,
        after: int = 0,
        **patience: Unpack[Patience],
    ) -> Answer_co:
        """Until so many webhook attempts have been made; the answer's ``entries`` shows them."""
        return self.wait(delivery=_body(task=task_id, status=status), count=count, after=after, **patience)

    # -- what goes wrong ----------------------------------------------------------------------------------------------

    def faults(self) -> Answer_co:
        """What is armed, and how often it has met and touched a request."""
        return self.call("GET", "faults")

    def arm(self, fault: str, **options: object) -> Answer_co:
        """Arm a fault with its conditions (``on``, ``nth``, ``times``, ``always``, ``probability``, ``task_type``,
        ``after``, ``for_``) and options.
        """
        return self.call(
            "POST", "faults", _body(fault=fault, **{_option_name(name): value for name, value in options.items()})
        )

    def disarm(self, fault_id: str | None = None) -> Answer_co:
        """Take one fault away, or all."""
        return self.call("DELETE", "faults" if fault_id is None else f"faults/{_id(fault_id)}")

    def load_scenario(self, scenario: str | Json, clock: str | None = None) -> Answer_co:
        """Make the world anew as a scenario wants it: by name, or as a setup (world, faults, timeline)."""
        named = {"name": scenario} if isinstance(scenario, str) else {"setup": scenario}
        return self.call("POST", "scenario", _body(**named, clock=clock))

    def twins(self, *, offset: int = 0, limit: int | None = None) -> Answer_co:
        """Creates that were sent twice, and what they cost."""
        return self.call("GET", "twins", offset=offset, limit=limit)

    def fault_kinds(self) -> Answer_co:
        """Every fault that can be armed, with its options, and the conditions."""
        return self.call("GET", "catalogue/faults")

    def scenarios(self) -> Answer_co:
        """Every scenario that travels with the emulator."""
        return self.call("GET", "catalogue/scenarios")

    # -- records ------------------------------------------------------------------------------------------------------

    def tasks(self, **filters: object) -> Answer_co:
        """Tasks, the active ones first; filters: ``status``, ``type``, ``q``, ``id``, ``offset``, ``limit``."""
        return self.call("GET", "tasks", **filters)

    def assets(self, **filters: object) -> Answer_co:
        """Assets, the newest first; filters: ``status``, ``kind``, ``type``, ``q``, ``id``, ``offset``, ``limit``."""
        return self.call("GET", "assets", **filters)

    def redeliver(self, task_id: str) -> Answer_co:
        """Send an ended task's webhook once more."""
        return self.call("POST", f"tasks/{_id(task_id)}/redeliver")

    def complete_task(self, task_id: str) -> Answer_co:
        """Complete a task now."""
        return self.call("POST", f"tasks/{_id(task_id)}/complete")

    def fail_task(self, task_id: str, cause: str | None = None) -> Answer_co:
        """Fail a task now, for a cause such as ``refused-copyright``."""
        return self.call("POST", f"tasks/{_id(task_id)}/fail", _body(cause=cause))

    def hold_task(self, task_id: str) -> Answer_co:
        """Keep a task from going on."""
        return self.call("POST", f"tasks/{_id(task_id)}/hold")

    def release_task(self, task_id: str) -> Answer_co:
        """Let a held task go on."""
        return self.call("POST", f"tasks/{_id(task_id)}/release")

    def activate_asset(self, asset_id: str) -> Answer_co:
        """Make a Processing asset Active."""
        return self.call("POST", f"assets/{_id(asset_id)}/activate")

    def fail_asset(self, asset_id: str, code: str | None = None) -> Answer_co:
        """Make an asset Failed, with a code such as ``DownloadFailed``."""
        return self.call("POST", f"assets/{_id(asset_id)}/fail", _body(code=code))

    # -- snapshots ----------------------------------------------------------------------------------------------------

    def snapshot(self, *, secrets: bool = False) -> Answer_co:
        """The whole world as one value; with ``secrets`` what clients told in confidence is in it."""
        return self._send(Outgoing("GET", f"{PREFIX}/snapshot", {"secrets": int(secrets)}, patient=True))

    def restore(self, snapshot: Json | bytes) -> Answer_co:
        """Put a snapshot in the world's place, whole or not at all."""
        content = snapshot if isinstance(snapshot, bytes) else msgspec.json.encode(snapshot)
        return self._send(Outgoing("PUT", f"{PREFIX}/snapshot", {}, None, content, patient=True))
