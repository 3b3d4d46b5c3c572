"""Those who sleep for one world: what each waits for, who is next, and whether anybody runs."""

import asyncio
from collections.abc import Callable, Hashable
from typing import Literal, Protocol

import msgspec

TURN_SECONDS = 0.2
"""How long a program may take to see to an answer before its next request is answered all the same."""
OVER = -1
"""The round of a reply after which there is no virtual time any more."""

Notice = Literal["unjoined", "stuck", "idle"]
"""What whoever started a program may want to know.

``unjoined``: its first request came, and it has not joined. ``stuck``: nothing that could happen would ever wake it.
``idle``: it has woken again and again for longer than anybody should wait, and nothing has happened in its world.
"""


class Relay(Protocol):
    """What stands between programs and the server, and may have bytes on the way."""

    async def passed(self) -> int:
        """How much has passed, once everything that had arrived was handed on."""


class Program(msgspec.Struct, frozen=True):
    """A program as it introduces itself: its process, those above it, and what runs it ("python 3.12").

    ``loops``: it does everything in one event loop, so it is idle soon after it has sent a request.
    """

    pid: int = 0
    ancestors: tuple[int, ...] = ()
    runtime: str = ""
    loops: bool = False

    @property
    def has_limits_of_its_own(self) -> bool:
        """Whether its connections have limits in real time that nobody sees: those of Node's own modules and undici."""
        return self.runtime.startswith("Node")


class Nap(msgspec.Struct, frozen=True):
    """What a sleeper waits for.

    ``until`` is an instant, None for something else than time. ``seen`` is the round of the last reply. ``ran`` says
    that it did something since; ``listens`` that bytes on a socket would wake it. ``children`` are the processes below
    it that live.
    """

    until: int | None
    seen: int = 0
    ran: bool = True
    listens: bool = False
    children: tuple[int, ...] = ()


class Waking(msgspec.Struct, frozen=True):
    """Why a sleeper is woken: its moment is ``reached``, or it has to look at its sockets and call again."""

    now: int
    reached: bool
    round: int


class Sleeper:
    """One program that joined, or one call of a program that did not."""

    def __init__(self, number: int, program: Program | None = None) -> None:
        self.number = number
        self.program = program
        self.nap: Nap | None = None
        self.call: asyncio.Future[Waking] | None = None
        self.began = 0.0
        self.wished = False
        """It wants its call replied to, and the call had not come yet: they come by two connections."""

    @property
    def asleep(self) -> bool:
        """Whether its call waits for a reply."""
        return self.call is not None and not self.call.done()


class Group:
    """All that wait for one world, or for all that one program uses (``worlds``).

    ``rate`` is the pace of a world that no program joins, None when it stands then.
    """

    def __init__(self, rate: float | None = None) -> None:
        self.rate = rate
        self.worlds: set[str] = set()
        self.members: dict[int, Sleeper] = {}
        self.sleeping: dict[int, Sleeper] = {}
        self.programs: list[Program] = []
        self.answering = 0
        self.current: Hashable | None = None
        self.queue: list[asyncio.Future[None]] = []
        self.requests = 0
        self.round = 0
        self.now = 0
        self.runs = False
        self.slowest = 0.0
        self.relays: list[Relay] = []
        self.passed = 0
        self.last_event = 0
        self.wakings = 0
        self.notice: Callable[[Notice], None] = lambda _: None
        self.settling: asyncio.Task[None] | None = None
        self.unsettled = False

    @property
    def has_limits_of_its_own(self) -> bool:
        """Whether a member may end its waiting by a limit in real time, so that nobody can say that it hangs."""
        return any(member.program and member.program.has_limits_of_its_own for member in self.members.values())

    def outsiders(self, nap: Nap) -> list[int]:
        """Processes below a sleeper that take no part, themselves or by one that they started."""
        inside = {pid for member in self.members.values() if member.program for pid in _lineage(member.program)}
        return [pid for pid in nap.children if pid not in inside]

    def still(self, clock: float) -> bool:
        """Whether nobody runs and nothing is being answered. ``clock`` is the event loop's time."""
        return not self.answering and not self.runs and self.idle(clock)

    def idle(self, clock: float) -> bool:
        """Whether nobody runs: everybody sleeps, and has looked at its sockets since anything happened."""
        if not self.sleeping:
            return False
        if any(not member.asleep for member in self.members.values()):
            return False
        return all(self._ready(sleeper, clock) for sleeper in self.sleeping.values())

    def _ready(self, sleeper: Sleeper, clock: float) -> bool:
        nap = sleeper.nap
        if nap is None or (nap.listens and nap.seen != self.round):
            return False
        return not self.outsiders(nap) or sleeper.began <= clock

    def earliest(self) -> Sleeper | None:
        """Who is to be woken next."""
        timed = [sleeper for sleeper in self.sleeping.values() if sleeper.nap and sleeper.nap.until is not None]
        return min(timed, key=lambda sleeper: sleeper.nap.until or 0, default=None)  # type: ignore[union-attr]

    def disturb(self, but: Sleeper | None = None) -> None:
        """Something happened that may have put bytes into sockets: all that listen have to look."""
        self.round += 1
        for sleeper in tuple(self.sleeping.values()):
            if sleeper is not but and sleeper.nap and sleeper.nap.listens:
                self.wake(sleeper, Waking(self.now, False, self.round))

    async def turn(self, request: Hashable) -> None:
        """A program's requests are answered one at a time, the next when it has seen to the answer before.

        Else two answers on two connections would race, and with them what it does next.
        """
        alone = len(self.members) == 1
        loops = alone and all(member.program and member.program.loops for member in self.members.values())
        if alone and (loops or self.current is not None or self.queue):
            if loops:
                asyncio.get_running_loop().call_later(TURN_SECONDS, self.next_turn)
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.queue.append(turn)
            try:
                await turn
            finally:
                if turn in self.queue:
                    self.queue.remove(turn)
        self.current = request

    def next_turn(self) -> None:
        """The next request may be answered."""
        if self.queue and self.current is None and not self.queue[0].done():
            self.queue.pop(0).set_result(None)

    def wake(self, sleeper: Sleeper, waking: Waking) -> None:
        """Reply to a sleeper's call."""
        self.sleeping.pop(sleeper.number, None)
        if sleeper.call is not None and not sleeper.call.done():
            sleeper.call.set_result(waking)


def _lineage(program: Program) -> tuple[int, ...]:
    return (program.pid, *program.ancestors)
