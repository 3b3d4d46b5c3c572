"""What a scenario's file may say, as types. ``scenarios/schema.json`` is made from them.

A ``Setup`` is what a world needs; the control API takes it as JSON. A ``Scenario`` adds what a run needs: the client's
steps and what must be seen.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from fakeseed.model.media import FAILURES, MediaKind
from fakeseed.world.settings_patch import WorldPatch


class AssetSetup(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"name_as": "as"}):
    """An asset that is there from the start."""

    name_as: Annotated[str, Meta(min_length=1, description="what the file calls it")]
    url: Annotated[str, Meta(description="its source")] = "https://cdn.example/person.jpg"
    asset_type: Annotated[MediaKind | None, Meta(description="by default what the URL's ending says")] = None
    name: Annotated[str, Meta(description="its name in the library")] = ""
    status: Annotated[Literal["Processing", "Active", "Failed"], Meta(description="its status")] = "Active"
    code: Annotated[str, Meta(description=f"why it is Failed: {', '.join(FAILURES)}")] = "ContentRestricted"
    idle: Annotated[float | str, Meta(description="how long ago it was last used: seconds or a span")] = 0
    count: Annotated[int, Meta(ge=1, le=10_000, description="that many alike; further ones are called NAME 2, ...")] = 1


class WorldSetup(WorldPatch, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How the world is."""

    at: Annotated[str | None, Meta(description="the time at which it begins, RFC 3339")] = None
    clock: Annotated[
        Literal["frozen", "auto", "real"] | None,
        Meta(description="frozen: stands until advanced; auto: each poll moves it; real: runs"),
    ] = None
    step: Annotated[float | str | None, Meta(description="how far a poll moves an auto clock; 5 s by default")] = None
    rate: Annotated[float, Meta(ge=1e-6, le=1e6, description="world seconds per real second of a real clock")] = 1.0
    assets: Annotated[tuple[AssetSetup, ...], Meta(description="assets that are there from the start")] = ()


class TimelineEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something that happens at a time; one thing each."""

    at: Annotated[float | str, Meta(description="when: a span since the scenario's begin")]
    set: Annotated[WorldPatch | None, Meta(description="change plan, points, pace, concurrency")] = None
    complete: Annotated[str | None, Meta(description="complete this task, e.g. task 1")] = None
    fail: Annotated[str | None, Meta(description="fail this task")] = None
    cause: Annotated[str, Meta(description="what `fail` fails of")] = ""
    hold: Annotated[str | None, Meta(description="keep this task from going on")] = None
    release: Annotated[str | None, Meta(description="let a held task go on")] = None
    activate: Annotated[str | None, Meta(description="end this asset's ingest well")] = None
    revoke: Annotated[str | None, Meta(description="make this Active asset Failed")] = None
    delete: Annotated[str | None, Meta(description="delete this asset")] = None


class Setup(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a world needs of a scenario."""

    world: Annotated[WorldSetup, Meta(description="plan, points, pace, clock and assets at the start")] = WorldSetup()
    faults: Annotated[
        tuple[dict[str, Any], ...], Meta(description="faults armed from the start, with options and conditions")
    ] = ()
    timeline: Annotated[
        tuple[TimelineEntry, ...], Meta(description="what happens by itself, counted from the start")
    ] = ()


class ReceiverSetup(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who takes the webhooks during a run. Its URL is ``${webhook}``."""

    answers: Annotated[
        tuple[int, ...], Meta(description="statuses in turn, the last one from then on; 0: no answer")
    ] = (200,)


Matcher = Annotated[
    Any,
    Meta(
        description="objects: these keys are like this; lists: as long, each like this; '*': there; null: absent or"
        " null; '~regex'; '>=10', '<5'; anything else: equal"
    ),
]


class ExpectedResponse(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the answer to a step must be. Without it, it must be a success."""

    status: Annotated[int | tuple[int, ...] | None, Meta(description="the HTTP status, or one of several")] = None
    lost: Annotated[
        Literal["closed", "reset", "timeout", "garbage", "any"] | None,
        Meta(description="there is no answer, like this"),
    ] = None
    headers: Annotated[dict[str, Matcher], Meta(description="headers in lower case")] = {}
    body: Annotated[Matcher, Meta(description="the body, as JSON where it is JSON")] = msgspec.UNSET
    bytes: Annotated[Matcher, Meta(description="the length of the body")] = msgspec.UNSET
    refused_by: Annotated[str, Meta(description="the behaviour that says no")] = ""


class RawCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Any request."""

    method: Annotated[str, Meta(description="the HTTP method")]
    path: Annotated[str, Meta(description="the path, with ${name} for ids")]
    json: Annotated[Any, Meta(description="the body")] = msgspec.UNSET
    headers: Annotated[dict[str, str], Meta(description="headers beside those that every request has")] = {}


class WaitStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Polling as a client does it, the clock moving by ``every`` in between."""

    until: Annotated[str | tuple[str, ...], Meta(description="the status, or one of several, in any letter case")]
    task: Annotated[str, Meta(description="the task to poll")] = ""
    asset: Annotated[str, Meta(description="the asset to poll")] = ""
    every: Annotated[float | str, Meta(description="how far the clock moves between two polls")] = 5
    within: Annotated[float | str, Meta(description="when the client gives up")] = "30m"
    exact: Annotated[bool, Meta(description="compare letter by letter, as a naive client does")] = False
    gives_up: Annotated[bool, Meta(description="the status must not come until `within` is over")] = False


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"name_as": "as"}):
    """One thing that the client of a run does; one verb each."""

    upload: Annotated[dict[str, Any] | list[Any] | None, Meta(description="POST asset/upload with this body")] = None
    create: Annotated[dict[str, Any] | None, Meta(description="POST task: task_type, input, config")] = None
    get: Annotated[str | None, Meta(description="GET this task or asset")] = None
    list: Annotated[dict[str, Any] | None, Meta(description="GET asset/list with this query")] = None
    cancel: Annotated[str | None, Meta(description="DELETE this task")] = None
    delete: Annotated[str | None, Meta(description="DELETE this asset")] = None
    account: Annotated[Literal["info", "active_tasks", "histories"] | None, Meta(description="GET the account")] = None
    download: Annotated[str | None, Meta(description="GET this task's video")] = None
    range: Annotated[str, Meta(description="the Range header of a download")] = ""
    follow: Annotated[bool, Meta(description="follow up to 5 redirects of a download, without the key")] = False
    request: Annotated[RawCall | None, Meta(description="any request")] = None
    wait: Annotated[WaitStep | None, Meta(description="poll until a status is there")] = None
    advance: Annotated[float | str | None, Meta(description="move the clock: a span, or next")] = None
    arm: Annotated[dict[str, Any] | None, Meta(description="arm a fault")] = None
    disarm: Annotated[bool, Meta(description="take all faults away")] = False
    name_as: Annotated[str, Meta(description="what later steps call the record, as ${name} or by name")] = ""
    times: Annotated[int, Meta(ge=1, le=1000, description="do it that many times")] = 1
    expect: Annotated[ExpectedResponse, Meta(description="what the answer must be; a success by default")] = (
        ExpectedResponse()
    )


ASKING = ("upload", "create", "get", "list", "cancel", "delete", "account", "download", "request")
"""Verbs that send one request and have its answer."""
VERBS = (*ASKING, "wait", "advance", "arm", "disarm")
ACTS = ("set", "complete", "fail", "hold", "release", "activate", "revoke", "delete")


class Requests(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many journalled requests are like this."""

    count: Annotated[Matcher, Meta(description="how many; a number or a comparison")]
    method: Annotated[str, Meta(description="with this method")] = "*"
    path: Annotated[str, Meta(description="at this path, with * for any text")] = "*"
    status: Annotated[int | None, Meta(description="answered with this status")] = None
    fault: Annotated[str, Meta(description="that met this fault")] = ""


class ExpectedWebhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One webhook as the receiver saw it."""

    task: Annotated[str, Meta(description="the task that it tells of")] = ""
    status: Annotated[Matcher, Meta(description="the task's status in the message")] = "*"
    secret: Annotated[Matcher, Meta(description="the secret that it carried")] = msgspec.UNSET
    during: Annotated[int | None, Meta(description="the number of the step, from 1, while which it came")] = None
    after: Annotated[float | str | None, Meta(description="the world time since the scenario's begin")] = None


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What must hold at the end of a run."""

    tasks: Annotated[dict[str, Matcher], Meta(description="name -> the task's data; null: there is none")] = {}
    assets: Annotated[dict[str, Matcher], Meta(description="name -> the asset; null: it is gone")] = {}
    points: Annotated[
        dict[str, Matcher],
        Meta(description="granted, available, frozen, consumed: numbers, or `price of NAME and NAME`"),
    ] = {}
    charges: Annotated[Matcher, Meta(description="how many tasks were charged")] = msgspec.UNSET
    twins: Annotated[Matcher, Meta(description="how many creates were sent twice")] = msgspec.UNSET
    faults: Annotated[dict[str, Matcher], Meta(description="fault -> how often it fired")] = {}
    requests: Annotated[tuple[Requests, ...], Meta(description="how many requests of a kind were sent")] = ()
    webhooks: Annotated[tuple[ExpectedWebhook, ...] | None, Meta(description="all that came, in order")] = None


class EntryPattern(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"source": "from", "target": "to"},
):
    """A journal entry that is like this; what is not said does not matter."""

    kind: Annotated[Literal["request", "event", "delivery"], Meta(description="which kind of entry")] = "request"
    method: Annotated[str, Meta(description="of a request: its method")] = "*"
    path: Annotated[str, Meta(description="of a request: its path, with * for any text")] = "*"
    fault: Annotated[str, Meta(description="of a request: a fault that fired for it")] = ""
    headers: Annotated[dict[str, Matcher], Meta(description="of a request: its headers in lower case")] = {}
    body: Annotated[Matcher, Meta(description="of a request: its body")] = msgspec.UNSET
    answer: Annotated[Matcher, Meta(description="of a request: the answer's body")] = msgspec.UNSET
    refused_by: Annotated[Matcher, Meta(description="of a request: the behaviour that said no")] = msgspec.UNSET
    status: Annotated[Matcher, Meta(description="of a request or a delivery: the HTTP status")] = msgspec.UNSET
    source: Annotated[Matcher, Meta(description="of an event: the status before it")] = msgspec.UNSET
    trigger: Annotated[Matcher, Meta(description="of an event: what moved the record")] = msgspec.UNSET
    target: Annotated[Matcher, Meta(description="of an event: the status after it")] = msgspec.UNSET
    scenario: Annotated[Matcher, Meta(description="of an event of the timeline: its verb and subject")] = msgspec.UNSET
    attempt: Annotated[Matcher, Meta(description="of a delivery: the number of the attempt")] = msgspec.UNSET
    cause: Annotated[Matcher, Meta(description="of a delivery: why it did not arrive")] = msgspec.UNSET


class Scenario(Setup, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One scenario."""

    title: Annotated[str, Meta(description="the trouble, in a few words")]
    about: Annotated[str, Meta(description="what happens, and which real bug or document it comes from")]
    client: Annotated[str, Meta(description="what a correct client does")]
    source: Annotated[str, Meta(description="address of the bug or document")]
    receiver: Annotated[ReceiverSetup, Meta(description="how the receiver of webhooks answers")] = ReceiverSetup()
    steps: Annotated[tuple[Step, ...], Meta(description="what the client does, one verb a step")] = ()
    expect: Annotated[Expected, Meta(description="what must hold at the end")] = Expected()
    struck_when: Annotated[
        tuple[EntryPattern, ...],
        Meta(
            description="journal entries, in this order, that show that the trouble struck a client; by default that a"
            " fault struck, else that a refusal which the steps expect was met, else that the client was there after"
            " something of the timeline"
        ),
    ] = ()
