"""One run of Schemathesis over the document: how it is set up, what it checks, what it found."""

import copy
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import schemathesis
import yaml
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.generation.meta import CoverageScenario, coverage_scenario

from .housekeeping import Housekeeping

Json = dict[str, Any]

DOCUMENT = Path(__file__).parent / "openapi.yaml"
PHASES = ("examples", "coverage", "fuzzing", "stateful")


class Site(NamedTuple):
    """What is fuzzed.

    ``stranger`` is a second key, if there is one; ``listed``: other keys are not let in. ``refresh`` makes the key's
    world as on first use, where that can be done.
    """

    url: str
    key: str
    stranger: str = ""
    listed: bool = False
    refresh: Callable[[], None] | None = None


class Effort(NamedTuple):
    """How many cases are drawn for each operation, and stories through the links, each of so many steps."""

    cases: int
    stories: int
    steps: int
    phases: tuple[str, ...] = PHASES


class Finding(NamedTuple):
    """One thing that the document and the answers disagree about, with the request that shows it."""

    phase: str
    operation: str
    check: str
    says: str
    request: str
    answer: str

    def __str__(self) -> str:
        return f"[{self.phase}] {self.check}: {self.says}\n    {self.request}\n    answered: {self.answer}"


class Found:
    """What a run came to."""

    def __init__(self) -> None:
        self.cases: Counter[tuple[str, str]] = Counter()
        """Cases by phase and operation."""
        self.statuses: Counter[tuple[str, str, int]] = Counter()
        """Answers by operation, kind of data (positive, negative) and status."""
        self.links: Counter[str] = Counter()
        self.findings: list[Finding] = []
        self.errors: list[str] = []
        self.phases: dict[str, str] = {}

    @property
    def total(self) -> int:
        """Cases in all."""
        return sum(self.cases.values())

    def by_phase(self) -> dict[str, int]:
        """Cases of each phase."""
        return {phase: sum(n for (one, _), n in self.cases.items() if one == phase) for phase in PHASES}

    def answered(self, label: str) -> dict[int, int]:
        """How often an operation gave each status."""
        given = Counter[int]()
        for (one, _, status), count in self.statuses.items():
            given[status] += count if one == label else 0
        return {status: count for status, count in sorted(given.items()) if count}

    def never_answered(self) -> list[str]:
        """Documented answers below 300 that good data never got."""
        return [
            f"{label} {status}"
            for _, label, operation in operations(document())
            for status in operation["responses"]
            if int(status) < 300 and not self.statuses[label, "positive", int(status)]
        ]

    def never_followed(self) -> list[str]:
        """Documented links that no story followed."""
        return [
            f"{label} [{status}] {name}"
            for _, label, operation in operations(document())
            for status, answer in operation["responses"].items()
            for name in answer.get("links", {})
            if not any(known.startswith(f"{label} -> [{status}] {name} ") for known in self.links)
        ]

    def lines(self) -> Iterator[str]:
        """The run in figures."""
        phases = ", ".join(f"{count:,} {phase}" for phase, count in self.by_phase().items())
        yield f"{self.total:,} cases ({phases}), {len(self.findings)} findings"
        for name, label in LABELS.items():
            count = sum(n for (_, one), n in self.cases.items() if one == label)
            given = ", ".join(f"{status}: {times:,}" for status, times in self.answered(label).items())
            yield f"{name:16} {count:6,} cases  {given}"
        yield f"{sum(self.links.values()):,} steps along {len(self.links)} links"


# -- the document -----------------------------------------------------------------------------------------------------


def document() -> Json:
    """The document, as it lies beside this file; a copy of the caller's own."""
    return copy.deepcopy(_document())


@cache
def _document() -> Json:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: Json = yaml.load(DOCUMENT.read_text("utf-8"), Loader=loader)  # noqa: S506 - both are safe
    return found


def operations(found: Json) -> Iterator[tuple[str, str, Json]]:
    """Every operation: its id, its label (``GET /path``) and what it says."""
    for path, item in found["paths"].items():
        for method, operation in item.items():
            if "operationId" in operation:
                yield operation["operationId"], f"{method.upper()} {path}", operation


def _resolved(found: Json, part: Json) -> Json:
    while "$ref" in part:
        names = part["$ref"].removeprefix("#/").split("/")
        part = found
        for name in names:
            part = part[name]
    return part


class Refusal(NamedTuple):
    """A refusal that the document names: what its message looks like, and whether it hangs on state."""

    message: "re.Pattern[str]"
    of_state: bool


def refusals(found: Json) -> dict[tuple[str, int], list[Refusal]]:
    """Every refusal that the document names, by operation and status."""
    named: dict[tuple[str, int], list[Refusal]] = {}
    for _, label, operation in operations(found):
        for status, answer in operation["responses"].items():
            for media in _resolved(found, answer).get("content", {}).values():
                samples = [_resolved(found, one) for one in media.get("examples", {}).values()]
                kinds = [_refusal(one) for one in samples if "x-message" in one]
                named.setdefault((label, int(status)), []).extend(kinds)
    return named


def _refusal(sample: Json) -> Refusal:
    beyond = sample["x-behaviour"] in BEYOND_SCHEMA
    return Refusal(_pattern(sample["x-message"]), beyond or sample["x-depends-on"] == "state")


def _pattern(message: str) -> "re.Pattern[str]":
    literals = re.split(r"\{\w+\}", message)
    return re.compile(".*".join(re.escape(part) for part in literals), re.DOTALL)


def _with_extractors(found: Json) -> Json:
    """Turn ``x-parameters`` of links into what Schemathesis calls an extractor; OpenAPI itself has no word for it."""
    for _, _, operation in operations(found):
        for answer in operation["responses"].values():
            for way in answer.get("links", {}).values():
                for name, rule in way.pop("x-parameters", {}).items():
                    way.setdefault("parameters", {})[name] = f"{{{rule['from']}#regex:{rule['pattern']}}}"
    return found


BEYOND_SCHEMA = frozenset({"task.reference-total"})
"""What refuses a request for itself and cannot stand in a schema: JSON Schema does not add up the lengths of lists."""


# -- checks of our own ------------------------------------------------------------------------------------------------

REFUSALS = refusals(document())
LABELS = {name: label for name, label, _ in operations(document())}
"""Operations by id, as reports call them."""


def _message(response: Any) -> str | None:
    """The message of a refusal; None where the answer is none (a batch of which nothing was accepted)."""
    if not response.headers.get("content-type", [""])[0].startswith("application/json"):
        return str(response.text)
    body = response.json()
    return None if "results" in body else str(body["message"])


def _is_unknown_method(case: Any) -> bool:
    return coverage_scenario(case) is CoverageScenario.UNSPECIFIED_HTTP_METHOD


@schemathesis.check
def unknown_method_is_no_page(ctx: Any, response: Any, case: Any) -> None:
    """A method that the document does not know answers as a path that does not exist."""
    if _is_unknown_method(case):
        assert (response.status_code, response.text) == (404, "404 page not found"), "expected 404 page not found"


@schemathesis.check
def refusal_is_documented(ctx: Any, response: Any, case: Any) -> None:
    """Every refusal is one that the operation names for its status, and its body says so in every place."""
    if response.status_code < 400 or case.method == "HEAD" or _is_unknown_method(case):
        return
    message = _message(response)
    if message is None or response.status_code == 416:
        return
    known = REFUSALS.get((case.operation.label, response.status_code), [])
    assert any(one.message.fullmatch(message) for one in known), f"not a documented refusal: {message}"
    if response.headers["content-type"][0].startswith("application/json"):
        body = response.json()
        assert body["code"] == response.status_code, "code is not the status"
        assert body["data"] is None or body["data"]["error"]["message"] == message, "two messages"


@schemathesis.check
def refused_only_for_state(ctx: Any, response: Any, case: Any) -> None:
    """What fits the schema is refused only for what is there, never for the request alone."""
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    if not positive or response.status_code < 400 or case.method == "HEAD" or _is_unknown_method(case):
        return
    if response.status_code == 416:  # the file is shorter than the range
        return
    message = _message(response) or ""
    known = REFUSALS.get((case.operation.label, response.status_code), [])
    assert any(one.of_state and one.message.fullmatch(message) for one in known), f"refused: {message}"


# -- set-up -----------------------------------------------------------------------------------------------------------

OFF = (
    # An unknown method answers 404 in plain text, as an unknown path does (behaviour wire.unknown-method), and the
    # check wants 405. unknown_method_is_no_page holds it to that.
    ("*", "unsupported_method"),
    # Whether an asset exists, is Active and of the array's kind is no matter of the schema, and answers 400 (behaviours
    # task.asset-missing and others); likewise whether credits last (402). refused_only_for_state holds the rest.
    ("createTask", "positive_data_acceptance"),
    # Only a pending task can be cancelled, others answer 400 (behaviour task.cancel). refused_only_for_state as above.
    ("cancelTask", "positive_data_acceptance"),
    # Whether a range lies within a file hangs on the file, and answers 416 (behaviour output.range).
    ("downloadFile", "positive_data_acceptance"),
    # DELETE cancels a task and does not take it away: a get goes on to show it, as failed (behaviour task.cancel).
    ("getTask", "use_after_free"),
)
"""Checks of Schemathesis that are off, by operation, each with its reason; all others are on."""

HOSTS = st.sampled_from(["cdn.example", "www.media.example:8443", "user@files.example", "192.0.2.7", "[2001:db8::7]"])
STEMS = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_%~é", min_size=1, max_size=12)
SUFFIXES = st.sampled_from([".jpg", ".PNG", ".heic", ".mp4", ".MOV", ".mp4", ".mp3", ".wav", ".wav", "", ".html"])
QUERIES = st.sampled_from(["", "", "?token=a.b&x=1", "#top", "?u=https://other.example/x.gif"])


def _http_urls() -> st.SearchStrategy[str]:
    schemes = st.sampled_from(["https", "https", "http", "HTTPS"])
    folders = st.sampled_from(["/", "/a/", "/a/b.c/"])
    return st.builds("{}://{}{}{}{}{}".format, schemes, HOSTS, folders, STEMS, SUFFIXES, QUERIES)


def _off(operation: str) -> Json:
    return {check: {"enabled": False} for where, check in OFF if where == operation}


def settings(site: Site, effort: Effort, seed: int, folder: Path) -> Json:
    """How Schemathesis is set up."""
    checks = _off("*")
    if not site.listed:  # a target that lets every key in, as the emulator does without a list, cannot refuse one
        checks["ignored_auth"] = {"enabled": False}
    return {
        "base-url": site.url,
        "seed": seed,
        "continue-on-failure": True,
        "suppress-health-check": ["all"],
        "cache": {"enabled": False},
        "auth": {"wfc": _identities(site, folder)},
        "generation": {"max-examples": effort.cases, "database": "none", "no-shrink": True},
        "checks": {**checks, "max_response_time": 10},
        "phases": {
            **{phase: {"enabled": phase in effort.phases} for phase in PHASES},
            "stateful": {"generation": {"max-examples": effort.stories}, "max-steps": effort.steps},
        },
        "operations": [{"include-operation-id": name, "checks": _off(name)} for name in dict(OFF) if name != "*"],
    }


def _identities(site: Site, folder: Path) -> Json:
    """Whose requests are sent, and who must not see what they make."""
    keys = {"owner": site.key, **({"stranger": site.stranger} if site.stranger else {})}
    users = [{"name": name, "fixedHeaders": [{"name": "X-API-Key", "value": key}]} for name, key in keys.items()]
    path = folder / "identities.json"
    path.write_text(json.dumps({"auth": users}))
    return {"path": str(path), "user": "owner", **({"peers": list(keys)} if site.stranger else {})}


def whole_numbers(context: Any, case: Any) -> Any:
    """Write 5.0 as 5: to JSON Schema they are the same, and the service takes only the second (wire.invalid-body)."""
    asked = case.body.get("input") if isinstance(case.body, dict) else None
    for name in ("duration", "asset_retention_hours"):
        value = asked.get(name) if isinstance(asked, dict) else None
        if isinstance(value, float) and value.is_integer():
            case.body = {**case.body, "input": {**case.body["input"], name: int(value)}}
    return case


def run(site: Site, effort: Effort, seed: int, folder: Path, spared: Collection[str] = ()) -> Found:
    """Fuzz a site, but for the operations whose ids are spared."""
    schemathesis.openapi.format("http-url", _http_urls())
    config = SchemathesisConfig.from_dict(settings(site, effort, seed, folder))
    schema: Any = schemathesis.openapi.from_dict(_with_extractors(document()), config=config)
    if spared:
        schema = schema.exclude(operation_id=list(spared))
    schema.hook("map_case")(whole_numbers)
    if site.refresh is not None:
        _begin_stories_with(site.refresh, schema)
    found = Found()
    with Housekeeping(site.url, site.key, control=site.refresh is not None) as keeper:

        def after_call(context: Any, case: Any, response: Any) -> None:
            keeper.after_call(case, response)

        schema.hook(after_call)
        for event in from_schema(schema).execute():
            _note(found, event)
    return found


def _begin_stories_with(refresh: Callable[[], None], schema: Any) -> None:
    """Let every story begin in a fresh world: the same draws then meet the same answers, as Hypothesis expects."""
    build = schema.build_state_machine

    def built(**parts: Any) -> Any:
        machine = build(**parts)

        class Fresh(machine):  # type: ignore[misc, valid-type]
            def __init__(self) -> None:
                refresh()
                super().__init__()

        return Fresh

    schema.build_state_machine = built


# -- what happened ----------------------------------------------------------------------------------------------------


def _note(found: Found, event: Any) -> None:
    if isinstance(event, events.ScenarioFinished):
        _note_scenario(found, event.phase.value, event.recorder)
    elif isinstance(event, events.PhaseFinished):
        found.phases[event.phase.name.value] = event.status.value
    elif isinstance(event, events.NonFatalError):
        found.errors.append(f"{event.label}: {event.info.title}: {event.info.message}")
    elif isinstance(event, events.FatalError):
        found.errors.append(f"{type(event.exception).__name__}: {event.exception}")


def _note_scenario(found: Found, phase: str, recorder: Any) -> None:
    for name, node in recorder.cases.items():
        label = node.value.operation.label
        found.cases[phase, label] += 1
        if node.transition is not None and node.is_transition_applied:
            found.links[node.transition.id] += 1
        answer = recorder.interactions[name].response if name in recorder.interactions else None
        if answer is not None:
            mode = node.value.meta.generation.mode.value if node.value.meta else "probe"
            found.statuses[label, mode, answer.status_code] += 1
    for name, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                found.findings.append(_finding(phase, check, recorder.interactions[name].response))


def _finding(phase: str, check: Any, answer: Any) -> Finding:
    failure = check.failure_info.failure
    seen = "nothing" if answer is None else f"{answer.status_code} {answer.text[:300]}"
    says = f"{failure.title}: {failure.message}"
    return Finding(phase, failure.operation, check.name, says, check.failure_info.code_sample[:1000], seen)
