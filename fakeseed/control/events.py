"""``GET events``: what happens in a world, as it happens, as server-sent events.

Entries of the journal come under their kind (``request``, ``event``, ``delivery``) with their number as the event's
id, so a client that was cut off goes on with ``Last-Event-ID``. Beside them, without an id: ``clock`` when it was moved
or set otherwise, ``fault`` when one struck, was armed or disarmed, ``world`` with the world's figures when they
changed, ``skipped`` where ``most`` left entries out, ``reset`` when the world was made anew.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import StreamingResponse

from fakeseed.control.ending import ENDING, ServerEnd
from fakeseed.control.endpoint import ControlApp, number
from fakeseed.control.faults import armed_view
from fakeseed.control.journal import FILTERS, Test, tests_of
from fakeseed.control.rows import chosen, row_view
from fakeseed.control.views import clock_view
from fakeseed.control.worlds import overview_view
from fakeseed.errors import UsageError
from fakeseed.piapi.parse import whole_number
from fakeseed.world.world import World

BEAT_SECONDS = 0.25
"""Real seconds between two looks at the world: what a viewer costs does not grow with the traffic."""
QUIET_SECONDS = 15.0
"""Real seconds after which a comment is sent, so that proxies keep the connection and a dead one is noticed."""
LAST_EVENT_ID = "last-event-id"

Event = tuple[str, int | None, object]
"""Name, id and data of one event."""


class Follower:
    """One who follows a world. ``last`` is the number of the last entry that was sent, None to begin with what comes;
    ``most`` limits the entries of one look, the latest being sent.
    """

    def __init__(self, tests: Mapping[str, Test], last: int | None, most: int | None) -> None:
        self._tests = tests
        self._last = last
        self._most = most
        self._clock: object = None
        self._figures: object = None
        self._faults: dict[str, int] | None = None

    def look(self, world: World) -> list[Event]:
        """What is new since the last look."""
        counter = world.account.journal_counter
        if self._last is None:
            self._last = counter
        begun = counter < self._last
        if begun:
            self.begin_again()
        return [
            *([("reset", None, {})] if begun else []),
            *self._entries(world),
            *self._fault_events(world),
            *self._clock_events(world),
            *self._world_events(world),
        ]

    def begin_again(self) -> None:
        """The world was made anew: nothing of it was sent yet."""
        self._last = 0
        self._clock = self._figures = self._faults = None

    def _entries(self, world: World) -> list[Event]:
        assert self._last is not None, "set by the look"
        after, self._last = self._last, world.account.journal_counter
        if after == self._last:
            return []
        first = after if self._most is None else max(after, self._last - self._most)
        skipped: list[Event] = [("skipped", None, {"from": after + 1, "to": first})] if first > after else []
        entries = chosen(world.tables.journal.since(first), self._tests)
        return skipped + [(str(one.__struct_config__.tag), one.seq, row_view(one)) for one in entries]

    def _fault_events(self, world: World) -> list[Event]:
        fired = {armed.fault_id: armed.fired for armed in world.account.faults}
        before, self._faults = self._faults, fired
        if before is None or before == fired:
            return []
        struck = [armed for armed in world.account.faults if before.get(armed.fault_id) != armed.fired]
        gone = [name for name in before if name not in fired]
        return [
            *(("fault", None, armed_view(armed)) for armed in struck),
            *(("fault", None, {"id": name, "disarmed": True}) for name in gone),
        ]

    def _clock_events(self, world: World) -> list[Event]:
        clock = world.account.clock
        now = (clock.mode, clock.base, clock.rate, clock.step)
        before, self._clock = self._clock, now
        return [] if before in (None, now) else [("clock", None, clock_view(world))]

    def _world_events(self, world: World) -> list[Event]:
        view = overview_view(world)
        head = world.timeline.head()
        figures = {**view, "clock": (world.account.clock.mode, head), "journal": view["journal"]["dropped"]}
        before, self._figures = self._figures, figures
        return [] if before == figures else [("world", None, view)]


def written(event: Event) -> bytes:
    """An event as it is sent."""
    name, number_of, data = event
    head = f"id: {number_of}\n" if number_of is not None else ""
    return f"{head}event: {name}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"


async def sent(control: ControlApp, world_name: str, follower: Follower, ending: ServerEnd) -> AsyncIterator[bytes]:
    """All that happens from now on, for as long as somebody reads it and the server lasts."""
    engine = control.engine
    with engine.subscriptions.listening(world_name) as listener, ending.calling(listener.tell):
        while not ending.begun:
            listener.forget()
            events = await engine.look(world_name, follower.look)
            if listener.ended:
                yield written(("reset", None, {"why": listener.ended}))
                listener.ended = ""
                follower.begin_again()
                listener.tell()
            else:
                yield b"".join(map(written, events)) or b": still here\n\n"
            await asyncio.sleep(BEAT_SECONDS)
            await listener.hear(QUIET_SECONDS)


async def events(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET events``: entries that pass the journal's filters, and all else that happens."""
    query = dict(request.query_params)
    tests = tests_of({name: value for name, value in query.items() if name in FILTERS})
    most = number(request, "most", 0, 1) if "most" in query else None
    follower = Follower(tests, _last(request), most)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    ending = request.scope.get(ENDING) or ServerEnd()
    return StreamingResponse(
        sent(control, world_name, follower, ending), media_type="text/event-stream", headers=headers
    )


def _last(request: Request) -> int | None:
    """The number after which to begin: ``Last-Event-ID``, else ``after``, else with what comes. Raises UsageError."""
    given = request.headers.get(LAST_EVENT_ID) or request.query_params.get("after")
    if not given:
        return None
    last = whole_number(given, 0, 0)
    if last is None:
        raise UsageError(f"{given[:40]!r} is no number of the journal", "send the id of the last event that came")
    return last
