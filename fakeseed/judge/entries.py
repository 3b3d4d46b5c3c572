"""The entries of a journal as rules read them, and how a client ended."""

from typing import Any, Literal

import msgspec

from fakeseed.faults.registry import faults_seen_as
from fakeseed.judge.queries.json_fields import Json, field_of, fields
from fakeseed.model.references import FIELDS, SCHEME
from fakeseed.model.routes import match_request

OTHER = "other"
"""The route of a request that the vendor does not have."""
ENDED = ("completed", "failed")
Route = str


class RequestRecord(msgspec.Struct, frozen=True, eq=False):
    """A request with its answer; ``at`` in nanoseconds, ``faults`` by name."""

    seq: int
    at: int
    route: Route
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any
    status: int
    answer: Any
    response_headers: dict[str, str]
    refused: str
    faults: frozenset[str]

    @property
    def lost(self) -> bool:
        """Whether the client has no usable answer."""
        return bool(self.faults & faults_seen_as("nothing"))

    @property
    def clear(self) -> bool:
        """Whether the client surely has this answer."""
        return not self.lost and not self.faults & faults_seen_as("unclear")

    @property
    def failed(self) -> bool:
        """Whether it may have taken effect all the same: no answer, or a 5xx."""
        return self.lost or self.status >= 500

    @property
    def path_id(self) -> str:
        """The id at the end of the path."""
        return self.path.rpartition("/")[2]

    @property
    def data(self) -> Json:
        """The task that the answer tells of."""
        return fields(field_of(self.answer, "data"))

    @property
    def input(self) -> Json:
        """A create's ``input``."""
        return fields(field_of(self.body, "input"))

    @property
    def task_type(self) -> str:
        """A create's type."""
        return str(field_of(self.body, "task_type") or "")

    @property
    def state(self) -> str:
        """The status of the task or asset that the answer shows, as it is written."""
        record = self.data if self.route in ("create task", "get task", "cancel task") else fields(self.answer)
        return str(record.get("status") or "") if self.status < 300 else ""

    @property
    def references(self) -> list[str]:
        """What a create's arrays hold, in their order."""
        return [str(uri) for field, _ in FIELDS for uri in self.array(field)]

    def array(self, field: str) -> list[Any]:
        """One of a create's arrays."""
        value = self.input.get(field)
        return value if isinstance(value, list) else []

    @property
    def asset_ids(self) -> list[str]:
        """The assets that a create refers to."""
        return [uri.removeprefix(SCHEME) for uri in self.references if uri.startswith(SCHEME)]

    @property
    def webhook(self) -> Json:
        """A create's ``webhook_config``."""
        return fields(field_of(fields(field_of(self.body, "config")), "webhook_config"))

    def like(self, request: "RequestRecord") -> bool:
        """Whether it asks the same: method, path, query and body."""
        same_target = (self.method, self.path, self.query) == (request.method, request.path, request.query)
        return same_target and bool(self.body == request.body)


class TransitionRecord(msgspec.Struct, frozen=True, eq=False):
    """A transition of a task, an asset or an output."""

    seq: int
    at: int
    subject: str
    ref: str
    source: str
    trigger: str
    target: str
    behaviour: str


class DeliveryRecord(msgspec.Struct, frozen=True, eq=False):
    """A webhook attempt and what came of it."""

    seq: int
    at: int
    task: str
    attempt: int
    url: str
    status: int
    cause: str

    @property
    def kept_back(self) -> bool:
        """Whether a fault kept it from the receiver."""
        return self.cause == "kept back by a fault"


Entry = RequestRecord | TransitionRecord | DeliveryRecord


class Ending(msgspec.Struct, frozen=True):
    """How the client ended, where that is known: a process, or a function that returned or raised.

    ``text`` is what it wrote; ``cut`` when there was more. ``hung``: it was stopped because it would never have ended.
    """

    how: Literal["exited", "killed", "timed out", "not started"] = "exited"
    code: int | None = 0
    text: str = ""
    signal: str = ""
    seconds: float = 0.0
    cut: bool = False
    stragglers: int = 0
    hung: bool = False

    @property
    def successful(self) -> bool:
        """Whether it says of itself that all went well."""
        return self.how == "exited" and self.code == 0


def route_of(method: str, path: str) -> Route:
    """The name of a request's route in the table of routes, ``other`` where it has none."""
    route = match_request(method.upper(), path)
    return OTHER if route is None else route.name
