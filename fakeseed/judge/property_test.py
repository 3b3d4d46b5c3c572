"""``hold``: a client as a function, driven by Hypothesis through worlds that nobody wrote down.

For every world the client ends, is charged at most once for each video, gives the video or says clearly that it has
none, and breaks no rule that costs money or a video.
"""

import ctypes
import inspect
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from fakeseed.errors import UsageError
from fakeseed.judge.court import Court, Room, court
from fakeseed.judge.entries import Ending
from fakeseed.judge.evaluate import judge
from fakeseed.judge.history import History
from fakeseed.judge.rule import Severity
from fakeseed.scenario.schema_types import Setup

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Client = Callable[..., object]
"""``client(base_url, api_key)`` or ``client(base_url, api_key, sleep)``; gives the video, or raises."""

PAUSES = 3000
"""Pauses after which a client that takes its ``sleep`` from outside has no end of its own."""
REQUESTS = 5000
"""Requests after which any client has none."""
SECONDS = 60.0
"""Real seconds, for those that wait without asking."""
AFTERWARDS = "2h"
"""World time that passes before the charges are counted."""

CRASHES = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError, TypeError, UnicodeError)
"""What a client that has not thought of something raises; ValueError of JSON counts too. Anything else is clear."""


class HoldError(AssertionError):
    """A client did not hold in a world. The message has the world as a scenario that brings it back."""


class _StoppedError(BaseException):
    """The client is to end here."""


def hold(
    client: Client,
    *,
    videos: int = 1,
    examples: int = 100,
    seed: int | None = None,
    allow: Iterable[str] = (),
    fail_on: Severity = "error",
    worlds: "SearchStrategy[Setup] | None" = None,
) -> None:
    """Drive a client through ``examples`` worlds. Raises HoldError for the simplest world in which it does not hold.

    A client with a third parameter gets a ``sleep`` that moves the world's clock, and its intervals are judged; for any
    other the clock moves by 5 s with each poll, and it should not really sleep. ``videos``: how many it may pay for.
    ``fail_on``: the least severity of a broken rule that counts. ``worlds``: another strategy than that of
    ``fakeseed.judge.generated_worlds``. The same ``seed`` tries the same worlds.
    """
    try:
        import hypothesis
    except ModuleNotFoundError:
        raise UsageError("hold needs Hypothesis", "pip install hypothesis") from None
    from fakeseed.judge.generated_worlds import generated_worlds

    allowed = tuple(allow)
    with court("hold") as running:

        def holds(setup: Setup) -> None:
            problems = tried(running, client, setup, videos, allowed, fail_on)
            if problems:
                raise HoldError("\n".join([*problems, "", "The world, as a scenario:", "", as_scenario(setup)]))

        driven = hypothesis.given(generated_worlds() if worlds is None else worlds)(holds)
        driven = hypothesis.settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=seed is None,
            report_multiple_bugs=False,
            suppress_health_check=list(hypothesis.HealthCheck),
        )(driven)
        (hypothesis.seed(seed)(driven) if seed is not None else driven)()


def takes_sleep(client: Client) -> bool:
    """Whether a client takes its ``sleep`` from outside."""
    return len(inspect.signature(client).parameters) > 2


def tried(
    running: Court,
    client: Client,
    setup: Setup,
    videos: int = 1,
    allow: Iterable[str] = (),
    fail_on: Severity = "error",
) -> list[str]:
    """Let a client do its work in one world; gives what is not as it must be."""
    sleeps = takes_sleep(client)
    room = running.room("hold", setup, "frozen" if sleeps else "auto")
    call = FunctionCall(client, room, sleeps)
    call.run()
    problems = [] if call.ended else ["it does not end: " + call.rationale]
    history = room.evidence(call.ending, 1.0 if sleeps else None)
    judgement = judge(history, allow=allow)
    room.control.disarm()
    problems += _outcome(room, history, call) if call.ended else []
    problems += _charges(room, videos)
    broken = judgement.fails(fail_on)
    return [*problems, *([judgement.text()] if broken else [])]


class FunctionCall:
    """One run of a client in a thread of its own, so that it can be ended."""

    def __init__(self, client: Client, room: Room, sleeps: bool) -> None:
        self._client, self._room = client, room
        self._more: tuple[Any, ...] = (self._sleep,) if sleeps else ()
        self._pauses = 0
        self.result: object = None
        self.problem: BaseException | None = None
        self.ended = False
        self.rationale = ""

    def _sleep(self, seconds: float) -> None:
        self._pauses += 1
        if self._pauses > PAUSES:
            self.rationale = f"{PAUSES} pauses"
            raise _StoppedError
        if seconds > 0:
            self._room.sleep(seconds)

    def run(self) -> None:
        """Run it to its end, or to where it is taken to have none."""
        thread = threading.Thread(target=self._do, daemon=True)
        thread.start()
        for _ in range(int(SECONDS * 10)):
            thread.join(0.1)
            if not thread.is_alive():
                return
            if self._room.control.journal(after=REQUESTS, limit=1)["entries"]:
                break
        self.rationale = self.rationale or f"more than {REQUESTS} journal entries or {SECONDS:g} s"
        while thread.is_alive():  # nothing else ends a thread that never pauses; raising in it does, between two steps
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread.ident or 0), ctypes.py_object(_StoppedError)
            )
            thread.join(0.5)

    def _do(self) -> None:
        try:
            self.result = self._client(self._room.base_url, self._room.api_key, *self._more)
            self.ended = True
        except _StoppedError:
            pass
        except Exception as problem:  # whatever it raises is what it says
            self.problem, self.ended = problem, True

    @property
    def ending(self) -> Ending:
        """How it ended, as a program would have."""
        if not self.ended:
            return Ending("timed out", None)
        if self.problem is not None:
            return Ending("exited", 1, f"{type(self.problem).__name__}: {self.problem}")
        return Ending("exited", 0, self.result if isinstance(self.result, str) else "")


def _charges(room: Room, videos: int) -> list[str]:
    """Charges beyond what was wanted, once everything has ended that will."""
    room.control.advance(by=AFTERWARDS)
    movements = room.control.ledger(limit=1000)["movements"]
    charges = sum({"freeze": 1, "restore": -1}.get(movement["kind"], 0) for movement in movements)
    return [f"it is charged {charges} times for {videos} video{'s' if videos > 1 else ''}"] if charges > videos else []


def _outcome(room: Room, history: History, call: FunctionCall) -> list[str]:
    """What it gave, if that is neither a video nor a clear error."""
    if call.problem is not None:
        odd = isinstance(call.problem, CRASHES) or type(call.problem).__name__ == "JSONDecodeError"
        return [f"it crashes: {type(call.problem).__name__}: {call.problem}"] if odd else []
    content = _bytes_of(call.result)
    if not call.result:
        return [f"it gives {call.result!r}, which is neither a video nor an error"]
    videos = _videos(room, history)
    if content is None or content in videos or None in videos:
        return []
    return [f"it gives {len(content)} bytes that are no video of this world"]


def _bytes_of(result: object) -> bytes | None:
    """The bytes of a result, where it has or names some."""
    if isinstance(result, Path):
        return result.read_bytes() if result.is_file() else b""
    return bytes(result) if isinstance(result, bytes | bytearray | memoryview) else None


def _videos(room: Room, history: History) -> list[bytes | None]:
    """The videos that the client was told of, as they are; None for one whose URL is dead by now."""
    import httpx

    with httpx.Client(base_url=room.base_url, transport=room.transport(), timeout=30, trust_env=False) as files:
        answers = [files.get(urlsplit(path).path) for path in history.outputs]
    return [answer.content if answer.status_code == 200 else None for answer in answers]


def as_scenario(setup: Setup) -> str:
    """A world as a scenario's file, for `fakeseed judge --scenario FILE` or the fixture's `fakeseed.scenario(FILE)`."""
    import yaml

    head = {
        "title": "A client does not hold here",
        "about": "Found by fakeseed.judge.hold.",
        "client": "Ends, is charged once, and gives the video or a clear error.",
        "source": "https://hypothesis.readthedocs.io/",
    }
    body = {name: value for name, value in msgspec.to_builtins(setup).items() if value}
    return yaml.safe_dump({**head, **body}, sort_keys=False, allow_unicode=True)
