"""What the tests of faults share: a client on the wire, a receiver of webhooks, and short ways to look at a world."""

import errno
import itertools
import json
import socket
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from fakeseed.model.times import SECOND, parse_instant
from tests.conftest import Api
from tests.outbound.test_webhooks import Receiver as Answering

TASK = "/api/v1/task"
SOON = 0.3
"""Seconds after which a client gives up on what never comes; a busy machine has read the request by then."""
ASKED = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a corgi"}}
HOOK = {"webhook_config": {"endpoint": "https://app.example/hook", "secret": "s3cret"}}


class Seen(NamedTuple):
    """What a plain socket saw: the bytes, and how they ended (``EOF``, ``SILENCE`` or the name of an errno)."""

    data: bytes
    end: str

    @property
    def head(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    def header(self, name: str) -> str | None:
        """The value of a header."""
        header_lines = self.head.decode("latin-1").split("\r\n")[1:]
        pairs = (header_line.split(": ", 1) for header_line in header_lines)
        return next((value for key, value in pairs if key.lower() == name), None)


class Wire:
    """One key's client of a real server: httpx for most, a plain socket where bytes count."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key
        self.http = httpx.Client(base_url=url, headers={"X-API-Key": key}, timeout=5)

    def control(self, method: str, path: str, body: object = None) -> Any:
        """A control call that must succeed."""
        answer = self.http.request(method, f"/_fakeseed/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def arm(self, fault: str, **order: Any) -> Any:
        """Arm a fault."""
        return self.control("POST", "faults", {"fault": fault, **order})["faults"][0]

    def create(self, **fields: Any) -> httpx.Response:
        """Create a task by httpx."""
        return self.http.post(TASK, json=ASKED, **fields)

    def finished(self) -> Any:
        """A completed task's data."""
        task_id = self.create().json()["data"]["task_id"]
        self.control("POST", "clock/advance", {"by": "1m"})
        return self.http.get(f"{TASK}/{task_id}").json()["data"]

    def raw(self, method: str, path: str, request: object = None, *, patience: float = 5.0) -> Seen:
        """One request by a plain socket, read to its end, or until nothing has come for a while."""
        where = urlsplit(self.url)
        body = b"" if request is None else json.dumps(request).encode()
        head = f"{method} {path} HTTP/1.1\r\nhost: {where.netloc}\r\nx-api-key: {self.key}\r\n"
        data = b""
        with socket.create_connection((where.hostname, where.port or 80), timeout=patience) as header_line:
            header_line.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
            while True:
                try:
                    chunk = header_line.recv(65536)
                except TimeoutError:
                    return Seen(data, "SILENCE")
                except OSError as problem:
                    return Seen(data, errno.errorcode[problem.errno or 0])
                if not chunk:
                    return Seen(data, "EOF")
                data += chunk

    def raw_create(self, *, patience: float = 5.0) -> Seen:
        """Create a task by a plain socket."""
        return self.raw("POST", TASK, ASKED, patience=patience)

    def requests(self) -> list[Any]:
        """The journal's requests."""
        entries: list[Any] = self.control("GET", "journal?kind=request")["entries"]
        return entries

    def charges(self) -> int:
        """How many tasks were charged."""
        movements = self.control("GET", "ledger")["movements"]
        return sum(movement["kind"] == "freeze" for movement in movements)

    def active(self) -> list[str]:
        """Ids of the tasks that run, as a client can find out."""
        result = self.http.get("/account/active_tasks").json()["data"]["seedance"]["active_tasks"]
        return [task["task_id"] for task in result]

    def holds_one_task_lost_to(self, fault: str) -> None:
        """The create took effect once, the journal tells what was meant and what went wrong; the next one is well."""
        assert self.charges() == 1
        (entry,) = self.requests()
        assert entry["faults"] == [f"{fault} (fault-1)"]
        assert (entry["status"], entry["answer"]["data"]["status"]) == (200, "pending")
        assert self.active() == [entry["answer"]["data"]["task_id"]]
        following = self.create()
        assert (following.status_code, self.charges()) == (200, 2)
        assert following.json()["data"]["status"] == "pending"

    def close(self) -> None:
        """Let go of connections."""
        self.http.close()


async def arm(api: Api, fault: str, **order: Any) -> Any:
    """Arm a fault."""
    return (await api.control("POST", "faults", {"fault": fault, **order}))["faults"][0]


async def requests(api: Api) -> list[Any]:
    """The journal's requests."""
    entries: list[Any] = (await api.control("GET", "journal?kind=request"))["entries"]
    return entries


async def charges(api: Api) -> int:
    """How many tasks were charged."""
    return sum(movement["kind"] == "freeze" for movement in (await api.control("GET", "ledger"))["movements"])


async def video_url(api: Api) -> str:
    """The URL of a completed task's video."""
    return str((await api.finished())["output"]["video"])


class Receiver(Answering):
    """Takes webhooks and answers 200, or what it is told."""

    @property
    def told(self) -> list[str]:
        """The statuses that the messages tell of."""
        return [body["data"]["status"] for body in self.bodies]


class Hooked(NamedTuple):
    """A world with a receiver of its webhooks."""

    api: Api
    receiver: Receiver

    async def run(self, *, fails: bool = False) -> str:
        """Create a task with a webhook and let three hours pass; gives its id."""
        harness = await self.api.create(config=HOOK, prompt="fs-internal-error" if fails else "a corgi")
        await self.api.advance("3h")
        return str(harness.json()["data"]["task_id"])

    def bodies_of(self, task_id: str) -> list[Any]:
        """A task's messages: the task in each."""
        return [body["data"] for body in self.receiver.bodies if body["data"]["task_id"] == task_id]

    async def deliveries(self, task_id: str) -> list[tuple[float, int]]:
        """A task's attempts: seconds of world time after its end, and the status that came back."""
        entries = (await self.api.control("GET", "journal"))["entries"]
        own = [entry for entry in entries if entry.get("task") == task_id]
        (end,) = [entry["at"] for entry in own if entry.get("to") in ("completed", "failed")]
        return [
            ((parse_instant(entry["at"]) - parse_instant(end)) / SECOND, entry["status"])
            for entry in own
            if entry["kind"] == "delivery"
        ]


NUMBERS = itertools.count(1)
Emulate = Callable[..., Api]
